"""A process that calls takes up a renewed certificate without a restart, and loses no call over it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from contracts.errors import PeerUnavailable
from contracts.inventory import GetProducts, InventoryService
from contracts.transport import channel
from contracts.transport.grpc_client import grpc_client
from contracts.transport.hooks import Hooks
from contracts.transport.peer import Peer
from inventory.services import create_product
from shopflow.certificates import Authority, Pair, ensure_certificates
from shopflow.grpc.channels import peer_of
from shopflow.tests.grpc_inventory import SERVICE, reserving, serving
from shopflow.tests.test_grpc_deadlines import locked, waiting
from tests.e2e.shop import until

pytestmark = pytest.mark.django_db(databases=["inventory"], transaction=True)


@pytest.fixture
def certs(tmp_path: Path) -> Path:
    ensure_certificates(tmp_path / "certs")
    return tmp_path / "certs"


@pytest.fixture
def lamp() -> int:
    return create_product(name="Lamp", price=2550, stock=100)


@pytest.fixture
def look_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel, "LOOK_EVERY", 0.0)


@contextmanager
def peer_at(port: int, certs: Path) -> Iterator[tuple[Peer, InventoryService]]:
    peer_of.cache_clear()
    with override_settings(CERTS=certs, SERVICE="orders", PEERS={"inventory": f"127.0.0.1:{port}"}):
        peer = peer_of("inventory")
        try:
            yield peer, grpc_client(InventoryService, peer, hooks=Hooks())
        finally:
            peer.close()
            peer_of.cache_clear()


def renew(certs: Path, name: str) -> None:
    Authority(Pair.read(certs, "ca")).issue(name).write(certs, name)


@pytest.mark.usefixtures("look_each_time")
def test_after_a_renewal_calls_go_over_a_new_channel_and_those_under_way_end_on_the_old(certs: Path, lamp: int) -> None:
    with serving(certs) as port, peer_at(port, certs) as (peer, shop), ThreadPoolExecutor(1) as pool:
        before = peer.channel()
        assert peer.channel() is before
        with locked(lamp):
            call = pool.submit(shop.reserve_stock, reserving(lamp))
            until(lambda: waiting() == 1, "the call should wait for the lamp", seconds=10)
            renew(certs, "orders")
            after = peer.channel()
            assert after is not before
            assert len(shop.get_products(GetProducts(product_ids=(lamp,))).products) == 1
            assert peer.channel() is after
        assert call.result(10).lines[0].quantity == 1


@pytest.mark.usefixtures("look_each_time")
def test_a_channel_that_was_replaced_is_closed_once_its_calls_must_be_over(
    certs: Path, lamp: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel, "LONGEST_CALL", 0.0)
    with serving(certs) as port, peer_at(port, certs) as (peer, _):
        before = peer.channel()
        renew(certs, "orders")
        peer.channel()
        peer.channel()
        stub: Any = before.unary_unary(f"/{SERVICE}/GetProducts")
        with pytest.raises(ValueError, match="closed channel"):
            stub(b"", timeout=1)


def test_after_a_call_that_was_not_answered_the_next_looks_at_once(certs: Path, service_certs: Path, lamp: int) -> None:
    """Not after LOOK_EVERY: here every certificate is of another authority than the server's, and then of the same."""
    with serving(service_certs) as port, peer_at(port, certs) as (_, shop):
        with pytest.raises(PeerUnavailable):
            shop.reserve_stock(reserving(lamp))
        for file in service_certs.iterdir():
            (certs / file.name).write_bytes(file.read_bytes())
        until(lambda: len(shop.get_products(GetProducts(product_ids=(lamp,))).products) == 1, "one lamp", seconds=3)


@pytest.mark.usefixtures("look_each_time")
def test_renewed_files_that_are_no_good_are_reported_once_and_the_channel_stays(
    certs: Path, lamp: int, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(certs) as port, peer_at(port, certs) as (peer, shop):
        before = peer.channel()
        (certs / "orders.key").write_bytes((certs / "users.key").read_bytes())
        for _ in range(2):
            assert len(shop.get_products(GetProducts(product_ids=(lamp,))).products) == 1
        assert peer.channel() is before
        renew(certs, "orders")
        assert peer.channel() is not before
    [warning] = [record.getMessage() for record in caplog.records if record.name == "shopflow.grpc.credentials"]
    assert "orders.key is not the key of orders.crt" in warning
