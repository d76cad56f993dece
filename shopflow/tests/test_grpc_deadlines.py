"""A caller that has gone leaves no statement behind: neither a lock nor a slow database can hold every thread."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.db import connections, transaction

from contracts.base import time_limit
from contracts.errors import ContractError, OutcomeUnknown
from contracts.inventory import InventoryService, ReserveStock
from inventory.models import Product, Reservation, StockMovement
from inventory.services import create_product
from shopflow.grpc.database import Statements
from shopflow.tests.grpc_inventory import RESERVE, calling, channel_of, reserving, serving, stock_of
from tests.e2e.shop import until

pytestmark = pytest.mark.django_db(databases=["inventory"], transaction=True)

WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active' AND wait_event_type = 'Lock'
"""


@pytest.fixture
def lamp() -> int:
    return create_product(name="Lamp", price=2550, stock=100)


@pytest.fixture
def chair() -> int:
    return create_product(name="Chair", price=8000, stock=100)


def waiting() -> int:
    with connections["inventory"].cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # a transaction sees the first it took
        cursor.execute(WAITING)
        return int(cursor.fetchone()[0])


@contextmanager
def locked(product_id: int) -> Iterator[None]:
    with transaction.atomic(using="inventory"):
        Product.objects.select_for_update().get(id=product_id)
        yield


def error_of(shop: InventoryService, request: ReserveStock) -> ContractError:
    with time_limit(1), pytest.raises(ContractError) as caught:
        shop.reserve_stock(request)
    return caught.value


def at_once(pool: ThreadPoolExecutor, shop: InventoryService, product_id: int, calls: int) -> list[Future[Any]]:
    return [pool.submit(copy_context().run, error_of, shop, reserving(product_id)) for _ in range(calls)]


def test_calls_given_up_before_a_lock_is_free_leave_the_threads_and_the_database(
    service_certs: Path, lamp: int, chair: int
) -> None:
    with (
        serving(service_certs, threads=2) as port,
        calling(channel_of("orders", service_certs, port)) as shop,
        ThreadPoolExecutor(4) as pool,
    ):
        with locked(lamp):
            calls = at_once(pool, shop, lamp, 4)
            until(lambda: waiting() == 2, "both threads should wait for the lamp", seconds=10)
            assert [call.result(10) for call in calls] == [OutcomeUnknown(method=RESERVE)] * 4
            until(lambda: waiting() == 0, "no statement should be left", seconds=2)
            with time_limit(1):
                assert shop.reserve_stock(reserving(chair)).lines[0].quantity == 1
        assert shop.reserve_stock(reserving(lamp)).lines[0].quantity == 1
    assert (stock_of(lamp), stock_of(chair)) == (99, 99)
    assert Reservation.objects.count() == 2
    assert StockMovement.objects.filter(delta=-1).count() == 2


def test_a_caller_that_hangs_up_leaves_no_statement(service_certs: Path, lamp: int) -> None:
    with serving(service_certs, threads=1) as port, locked(lamp), ThreadPoolExecutor(1) as pool:
        channel = channel_of("orders", service_certs, port)
        with calling(channel) as shop:
            call = pool.submit(shop.reserve_stock, reserving(lamp))
            until(lambda: waiting() == 1, "the call should wait for the lamp", seconds=10)
            channel.close()
            assert isinstance(call.exception(10), OutcomeUnknown)
        until(lambda: waiting() == 0, "no statement should be left", seconds=2)
    assert stock_of(lamp) == 100


def test_a_call_that_is_done_has_nothing_cancelled() -> None:
    database = connections["inventory"]
    statements = Statements([database])
    statements.done()
    statements.end_of_call()
    with database.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_sleep(0.05)")
        assert cursor.fetchone() == (1,)


def test_a_call_is_not_done_while_a_cancellation_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would hit the statement of the next call on that connection."""
    begun, may_end = Event(), Event()

    def cancel(_: object) -> None:
        begun.set()
        may_end.wait(10)

    monkeypatch.setattr("shopflow.grpc.database._is_active", lambda _: True)
    monkeypatch.setattr("shopflow.grpc.database._cancel", cancel)
    statements = Statements([connections["inventory"]])
    with ThreadPoolExecutor(1) as pool:
        statements.end_of_call()
        assert begun.wait(10)
        done = pool.submit(statements.done)
        with pytest.raises(TimeoutError):
            done.result(0.2)
        may_end.set()
        done.result(10)


def test_every_statement_of_a_call_that_was_given_up_is_cancelled_and_that_is_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    database = connections["inventory"]
    database.ensure_connection()
    statements = Statements([database])
    statements.end_of_call()
    for _ in range(3):
        with pytest.raises(Exception, match="canceling statement due to user request"), database.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(20)")
    statements.done()
    with database.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_sleep(0.05)")
        assert cursor.fetchone() == (1,)
    told = [record.getMessage() for record in caplog.records if record.name == "shopflow.grpc.database"]
    assert told == ["a statement of inventory is cancelled: the caller has gone"]
