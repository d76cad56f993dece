from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from shopflow.settings.peers import identity_of, parse_parts, parse_peers

CONTEXTS = ("users", "inventory", "orders", "payments")
REST = "users=local,orders=local,payments=local"


def test_nothing_means_that_every_context_is_here() -> None:
    assert parse_peers("", contexts=CONTEXTS) == dict.fromkeys(CONTEXTS, "local")


@pytest.mark.parametrize("target", ["inventory:50052", "10.0.0.7:50052", "[::1]:50052", "inventory.shop.svc:1"])
def test_a_peer_is_a_host_and_a_port(target: str) -> None:
    assert parse_peers(f"inventory=grpc://{target}, {REST}", contexts=CONTEXTS)["inventory"] == target


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"stock=local,{REST}", "SHOPFLOW_PEERS names an unknown context: 'stock'"),
        (f"inventory=local,inventory=local,{REST}", "SHOPFLOW_PEERS names inventory twice"),
        (REST, "SHOPFLOW_PEERS does not say where to find inventory"),
        (f"inventory,{REST}", "SHOPFLOW_PEERS: inventory must be local or grpc://host:port, not ''"),
        (
            f"inventory=http://a:1,{REST}",
            "SHOPFLOW_PEERS: inventory must be local or grpc://host:port, not 'http://a:1'",
        ),
        (f"inventory=grpc://a,{REST}", "SHOPFLOW_PEERS: inventory must be local or grpc://host:port, not 'grpc://a'"),
        (
            "users=grpc://a:1,inventory=grpc://a:1,orders=grpc://a:1,payments=grpc://a:1",
            "SHOPFLOW_PEERS: at least one context must be local, else this process has nothing to do",
        ),
    ],
)
def test_what_cannot_be_meant_stops_the_start(text: str, message: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        parse_peers(text, contexts=CONTEXTS)
    assert str(refused.value) == message


def test_serves_the_parts_that_are_named() -> None:
    assert parse_parts(["users", "docs"], among=(*CONTEXTS, "docs"), peers={}) == ("users", "docs")


def test_refuses_a_part_that_there_is_not() -> None:
    with pytest.raises(ImproperlyConfigured, match="SHOPFLOW_SERVE must name users, docs; it names stock"):
        parse_parts(["stock"], among=("users", "docs"), peers={})


def test_refuses_to_serve_a_context_that_is_elsewhere() -> None:
    with pytest.raises(ImproperlyConfigured, match="SHOPFLOW_SERVE names users, but SHOPFLOW_PEERS puts that"):
        parse_parts(["users"], among=("users",), peers={"users": "users:50051"})


PARTS = (*CONTEXTS, "docs", "backoffice")
ONLY_ORDERS = {**dict.fromkeys(CONTEXTS, "peer:50051"), "orders": "local"}


def test_serves_all_that_it_can_where_nothing_is_named() -> None:
    assert parse_parts([], among=PARTS, peers=dict.fromkeys(CONTEXTS, "local")) == PARTS
    assert parse_parts([], among=PARTS, peers=ONLY_ORDERS) == ("orders", "docs")


def test_refuses_a_back_office_without_every_context() -> None:
    with pytest.raises(ImproperlyConfigured, match="SHOPFLOW_SERVE names backoffice, but"):
        parse_parts(["orders", "backoffice"], among=PARTS, peers=ONLY_ORDERS)


def test_a_process_of_one_context_is_called_like_it() -> None:
    assert identity_of("", hosted=("orders",)) == "orders"
    assert identity_of("", hosted=("orders", "users")) == "shopflow"
    assert identity_of("orders", hosted=("orders", "users")) == "orders"
