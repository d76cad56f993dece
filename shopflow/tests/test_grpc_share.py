"""However many calls come through the gateway, threads are left for the shop's own services."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from django.db import connections, transaction

from contracts.errors import ContractError, PeerUnavailable
from contracts.inventory import CommitReservation, GetProducts, ReservationNotFound
from contracts.transport.codec import codec_of
from inventory.services import create_product
from shopflow.tests.grpc_inventory import SERVICE, calling, channel_of, serving
from tests.e2e.shop import until

pytestmark = pytest.mark.django_db(databases=["inventory"], transaction=True)
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@contextmanager
def nobody_can_look_at_products() -> Iterator[None]:
    with transaction.atomic(using="inventory"), connections["inventory"].cursor() as cursor:
        cursor.execute("LOCK TABLE inventory_product IN ACCESS EXCLUSIVE MODE")
        yield


def waiting() -> int:
    with connections["inventory"].cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(WAITING)
        return int(cursor.fetchone()[0])


def look(channel: grpc.Channel, product_id: int) -> Any:
    stub: Any = channel.unary_unary(f"/{SERVICE}/GetProductsOnSale")
    return stub.future(codec_of(GetProducts).encode(GetProducts(product_ids=(product_id,))), timeout=30)


def test_the_gateway_may_hold_half_of_the_threads(service_certs: Path) -> None:
    lamp, unknown = create_product(name="Lamp", price=2550, stock=10), str(uuid.uuid4())
    with (
        serving(service_certs, threads=4) as port,
        channel_of("gateway", service_certs, port) as gateway,
        calling(channel_of("orders", service_certs, port)) as orders,
    ):
        with nobody_can_look_at_products():
            calls = [look(gateway, lamp) for _ in range(8)]
            until(lambda: waiting() == 2 and sum(call.done() for call in calls) == 6, "two wait, six are refused", 10)
            refused = [call.exception() for call in calls if call.done()]
            assert [error.code() for error in refused] == [grpc.StatusCode.RESOURCE_EXHAUSTED] * 6
            with pytest.raises(ReservationNotFound):
                orders.commit_reservation(CommitReservation(reservation_id=unknown))
        until(lambda: all(call.done() for call in calls), "those that waited are over", 10)
        assert [look(gateway, lamp).exception() for _ in range(8)] == [None] * 8


def test_our_own_client_knows_that_what_was_refused_never_ran(service_certs: Path) -> None:
    lamp = create_product(name="Lamp", price=2550, stock=10)
    with (
        serving(service_certs, threads=2) as port,
        channel_of("gateway", service_certs, port) as gateway,
        calling(channel_of("gateway", service_certs, port)) as shop,
        nobody_can_look_at_products(),
    ):
        held = look(gateway, lamp)
        until(lambda: waiting() == 1, "one call should wait", 10)
        with pytest.raises(ContractError) as refused:
            shop.get_products_on_sale(GetProducts(product_ids=(lamp,)))
        assert refused.value == PeerUnavailable(peer=SERVICE)
        held.cancel()


def test_of_one_thread_the_gateway_has_one(service_certs: Path) -> None:
    lamp = create_product(name="Lamp", price=2550, stock=10)
    with serving(service_certs, threads=1) as port, channel_of("gateway", service_certs, port) as gateway:
        assert look(gateway, lamp).exception() is None
