"""The gRPC server of a context, over TLS, in front of its real database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest.mock import patch

import grpc
import pytest
from django.db import connections, transaction
from django.test import override_settings
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from contracts.errors import ContractError, OutcomeUnknown, PeerUnavailable
from contracts.inventory import CommitReservation, GetProducts, ReservationNotFound
from inventory.models import Product
from inventory.services import create_product
from shopflow.grpc.channels import peer_answers, peer_of
from shopflow.tests.grpc_inventory import RESERVE, SERVICE, calling, channel_of, reserving, serving, stock_of
from tests.e2e.shop import until

OTHERS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
pytestmark = pytest.mark.django_db(databases=["inventory"], transaction=True)


@pytest.fixture
def lamp() -> int:
    return create_product(name="Lamp", price=2550, stock=100)


def health_of(channel: grpc.Channel, service: str = "") -> int:
    stub: Any = HealthStub(channel)
    status: int = stub.Check(HealthCheckRequest(service=service), timeout=10).status
    return status


def database_away() -> Any:
    """For every connection that is made from now on."""
    return patch.dict(connections.settings["inventory"], HOST="/nowhere")


def test_it_is_well_as_a_whole_and_for_its_service(service_certs: Path) -> None:
    with serving(service_certs) as port, channel_of("orders", service_certs, port) as channel:
        assert health_of(channel) == HealthCheckResponse.SERVING
        assert health_of(channel, SERVICE) == HealthCheckResponse.SERVING


def test_it_is_not_well_while_its_database_is_away(service_certs: Path) -> None:
    with serving(service_certs) as port, channel_of("orders", service_certs, port) as channel:
        with database_away():
            assert health_of(channel) == HealthCheckResponse.NOT_SERVING
            assert health_of(channel, SERVICE) == HealthCheckResponse.NOT_SERVING
        assert health_of(channel, SERVICE) == HealthCheckResponse.SERVING


def test_of_a_service_it_does_not_have_it_knows_nothing(service_certs: Path) -> None:
    with serving(service_certs) as port, channel_of("orders", service_certs, port) as channel:
        with pytest.raises(grpc.RpcError) as caught:
            health_of(channel, "shopflow.users.v1.UsersService")
        error: Any = caught.value
        assert error.code() is grpc.StatusCode.NOT_FOUND


def test_a_peer_is_asked_for_its_health(service_certs: Path) -> None:
    peer_of.cache_clear()
    with (
        serving(service_certs) as port,
        override_settings(CERTS=service_certs, SERVICE="orders", PEERS={"inventory": f"127.0.0.1:{port}"}),
    ):
        assert peer_answers("inventory")
        with database_away():
            assert not peer_answers("inventory")
    assert not peer_answers("inventory")
    peer_of("inventory").close()
    peer_of.cache_clear()


def test_reflection_tells_its_services(service_certs: Path) -> None:
    with serving(service_certs) as port, channel_of("orders", service_certs, port) as channel:
        told = set(ProtoReflectionDescriptorDatabase(channel).get_services())
    assert {SERVICE, "grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"} <= told
    assert "shopflow.users.v1.UsersService" not in told


def test_without_its_database_a_read_never_ran_and_a_write_may_have(service_certs: Path, lamp: int) -> None:
    with serving(service_certs) as port, calling(channel_of("orders", service_certs, port)) as shop, database_away():
        with pytest.raises(ContractError) as read:
            shop.get_products(GetProducts(product_ids=(lamp,)))
        with pytest.raises(ContractError) as write:
            shop.reserve_stock(reserving(lamp))
    assert read.value == PeerUnavailable(peer=SERVICE)
    assert write.value == OutcomeUnknown(method=RESERVE)


def sessions(*, waiting: bool) -> int:
    """Other sessions of the inventory's database; or those of them that wait for a lock."""
    condition = " AND wait_event_type = 'Lock'" if waiting else ""
    with connections["inventory"].cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # a transaction sees the first it took
        cursor.execute(f"SELECT count(*) FROM ({OTHERS}{condition}) AS others")  # noqa: S608 - all of it stands here
        return int(cursor.fetchone()[0])


def test_no_more_calls_reach_the_database_at_once_than_there_are_threads(service_certs: Path, lamp: int) -> None:
    with (
        serving(service_certs, threads=2) as port,
        calling(channel_of("orders", service_certs, port)) as shop,
        ThreadPoolExecutor(6) as pool,
    ):
        with transaction.atomic(using="inventory"):
            Product.objects.select_for_update().get(id=lamp)
            calls = [pool.submit(shop.reserve_stock, reserving(lamp)) for _ in range(6)]
            until(lambda: sessions(waiting=True) == 2, "two calls should wait for the lamp", seconds=10)
            assert sessions(waiting=False) == 2
        assert [call.result(30).lines[0].quantity for call in calls] == [1] * 6
    assert stock_of(lamp) == 94


def test_after_its_connection_was_cut_it_fails_honestly_once_and_works_again(service_certs: Path, lamp: int) -> None:
    request = reserving(lamp)
    with serving(service_certs, threads=1) as port, calling(channel_of("orders", service_certs, port)) as shop:
        with patch.dict(connections.settings["inventory"], CONN_MAX_AGE=600):
            shop.get_products(GetProducts(product_ids=(lamp,)))
        assert cut_sessions() == 1
        with pytest.raises(ContractError) as write:
            shop.reserve_stock(request)
        assert write.value == OutcomeUnknown(method=RESERVE)
        assert shop.reserve_stock(request).reservation_id == request.reservation_id
    assert stock_of(lamp) == 99


def cut_sessions() -> int:
    with connections["inventory"].cursor() as cursor:
        cursor.execute(f"SELECT count(pg_terminate_backend(pid, 5000)) FROM ({OTHERS}) AS others")  # noqa: S608
        return int(cursor.fetchone()[0])


def test_a_refusal_that_quotes_a_long_request_arrives_whole(service_certs: Path) -> None:
    id = "x" * 100_000
    with serving(service_certs) as port, calling(channel_of("orders", service_certs, port)) as shop:
        with pytest.raises(ReservationNotFound) as refused:
            shop.commit_reservation(CommitReservation(reservation_id=id))
        assert refused.value == ReservationNotFound(reservation_id=id)
