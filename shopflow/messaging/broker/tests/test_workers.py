"""Events through a real Redis and real workers, each with the database of its own context alone."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from contracts.events import OrderConfirmed
from contracts.inventory import ReservationState, StockLine
from inventory.models import Reservation
from inventory.services import create_product
from inventory.stock import reserve_stock
from shopflow.messaging.broker.tests.processes import Process, Redis
from shopflow.messaging.models import InboxEntry, OutboxEvent
from shopflow.messaging.tests.conftest import outbox_row
from tests.e2e.shop import until

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(databases=["users", "orders", "inventory"], transaction=True)]


@pytest.fixture
def redis() -> Iterator[Redis]:
    server = Redis()
    yield server
    server.close()


@pytest.fixture
def worker(redis: Redis, tmp_path: Path) -> Iterator[Callable[[str], Process]]:
    running: list[Process] = []

    def start(context: str) -> Process:
        log = tmp_path / f"{context}{len(running)}.log"
        running.append(Process(redis.url, log, "manage.py", "worker", context, contexts=(context,)))
        running[-1].says("worker: running")
        return running[-1]

    yield start
    for process in running:
        process.kill()


def held() -> str:
    reservation = str(uuid.uuid4())
    lines = [StockLine(product_id=create_product(name="Lamp", price=100, stock=9), quantity=1)]
    reserve_stock(reservation_id=reservation, lines=lines, ttl_seconds=900)
    return reservation


def test_an_event_goes_from_one_context_to_another_and_its_outcome_back(worker: Callable[[str], Process]) -> None:
    for context in ("users", "orders", "inventory"):
        worker(context)
    reservation = held()
    event = outbox_row(OrderConfirmed(order_id=1, user_id=7, reservation_id=reservation, total=1, currency="EUR"))
    until(lambda: OutboxEvent.objects.using("orders").exclude(delivered_at=None).exists(), "delivered", 20)
    assert Reservation.objects.get(id=reservation).state == ReservationState.COMMITTED
    entry = InboxEntry.objects.using("inventory").get()
    assert (entry.consumer, entry.event_id) == ("inventory.commit_reservation", event.event_id)
    assert InboxEntry.objects.using("users").filter(event_id=event.event_id).exists()
