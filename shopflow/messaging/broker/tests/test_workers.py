"""Events through a real Redis and real workers, whatever dies on the way."""

from __future__ import annotations

import json
import signal
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db.models import QuerySet
from django.db.models.functions import Now

from contracts.events import OrderConfirmed
from contracts.inventory import ReservationState, StockLine
from inventory.models import Product, Reservation
from inventory.services import create_product
from inventory.stock import reserve_stock
from shopflow.messaging.broker import queues
from shopflow.messaging.broker.tests.conftest import StartWorker
from shopflow.messaging.broker.tests.processes import Process, Redis
from shopflow.messaging.dead_letters import replay
from shopflow.messaging.models import InboxEntry, OutboxEvent
from shopflow.messaging.relay import MAX_FAILURES
from shopflow.messaging.tests.conftest import cancelled, confirmed, outbox_row
from tests.e2e.shop import PATIENCE, until

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(databases=["users", "orders", "inventory"], transaction=True)]

OddWorker = Callable[..., Process]


def outbox() -> QuerySet[OutboxEvent]:
    return OutboxEvent.objects.using("orders").order_by("id")


def all_delivered() -> None:
    until(lambda: not outbox().filter(delivered_at=None).exists(), "everything delivered")


def written_down() -> list[str]:
    return list(Product.objects.order_by("id").values_list("name", flat=True))


def held() -> str:
    reservation = str(uuid.uuid4())
    lines = [StockLine(product_id=create_product(name="Lamp", price=100, stock=9), quantity=1)]
    reserve_stock(reservation_id=reservation, lines=lines, ttl_seconds=900)
    return reservation


def test_an_event_goes_from_one_context_to_another_and_its_outcome_back(worker: StartWorker) -> None:
    for context in ("users", "orders", "inventory"):
        worker(context)
    reservation = held()
    event = outbox_row(OrderConfirmed(order_id=1, user_id=7, reservation_id=reservation, total=1, currency="EUR"))
    all_delivered()
    assert Reservation.objects.get(id=reservation).state == ReservationState.COMMITTED
    entry = InboxEntry.objects.using("inventory").get()
    assert (entry.consumer, entry.event_id) == ("inventory.commit_reservation", event.event_id)
    assert InboxEntry.objects.using("users").filter(event_id=event.event_id).exists()
    assert outbox().get().attempts == 1


def test_a_worker_that_is_killed_in_the_middle_leaves_nothing_undone_and_nothing_done_twice(
    odd_worker: OddWorker, tmp_path: Path
) -> None:
    (tmp_path / "hold").touch()
    for order_id in (1, 2):
        confirmed(order_id)
        cancelled(order_id)
    first = odd_worker()
    until((tmp_path / "held").exists, "the first effect under way")
    first.kill()
    (tmp_path / "hold").unlink()
    odd_worker()
    all_delivered()
    assert sorted(written_down()) == [
        f"order.{kind} order:{order_id}" for kind in ("cancelled", "confirmed") for order_id in (1, 2)
    ]
    assert in_order(1)
    assert in_order(2)


def in_order(order_id: int) -> bool:
    its = [name for name in written_down() if name.endswith(f" order:{order_id}")]
    return its == [f"order.confirmed order:{order_id}", f"order.cancelled order:{order_id}"]


def test_redis_that_is_killed_and_forgets_everything_loses_and_doubles_nothing(
    odd_worker: OddWorker, redis: Redis
) -> None:
    odd_worker()
    for order_id in range(1, 41):
        confirmed(order_id)
        cancelled(order_id)
        if order_id == 20:
            redis.kill()
        if order_id == 30:
            redis.start()
    all_delivered()
    assert len(written_down()) == len(set(written_down())) == 80
    assert all(in_order(order_id) for order_id in range(1, 41))


def test_an_event_that_is_published_twice_is_applied_once(odd_worker: OddWorker, tmp_path: Path) -> None:
    """Its lease ends while it is being applied."""
    (tmp_path / "hold").touch()
    event = confirmed(1)
    odd_worker(lease=0.3)
    until(lambda: outbox().get().attempts >= 3, "published again")
    (tmp_path / "hold").unlink()
    all_delivered()
    assert written_down() == ["order.confirmed order:1"]
    assert InboxEntry.objects.using("inventory").get().event_id == event.event_id


def test_what_fails_is_tried_again_parked_at_last_and_can_be_replayed(odd_worker: OddWorker, tmp_path: Path) -> None:
    (tmp_path / "fail").touch()
    event = confirmed(1)
    cancelled(1)
    odd_worker(lease=30.0)
    until(is_parked, "a dead letter")
    event.refresh_from_db()
    assert (event.failures, event.last_error, event.lease) == (MAX_FAILURES, "ValueError: as told", None)
    assert written_down() == []
    (tmp_path / "fail").unlink()
    assert replay("orders", event.event_id)
    all_delivered()
    assert in_order(1)


def is_parked() -> bool:
    """After the pauses between its attempts, which are not waited for."""
    outbox().filter(lease=None, dead_at=None).update(available_at=Now())
    return outbox().exclude(dead_at=None).exists()


def test_an_event_that_is_tried_again_waits_for_those_that_are_new(
    start: Callable[..., Process], odd_worker: OddWorker, redis: Redis
) -> None:
    for order_id in (1, 2):
        confirmed(order_id, attempts=1, awaiting=["inventory"])
    confirmed(3, awaiting=["inventory"])
    relay = start("manage.py", "relay", contexts=("orders", "inventory"), says="relay: running")
    with redis.client() as client:
        until(lambda: client.llen(queues.events("inventory", retried=True)), "what was tried before in its queue")
        until(lambda: client.llen(queues.events("inventory")), "what is new in its queue")
    assert relay.stop() == 0
    odd_worker(threads=1)
    all_delivered()
    assert written_down() == ["order.confirmed order:3", "order.confirmed order:1", "order.confirmed order:2"]


def test_the_request_and_the_trace_that_caused_an_event_travel_with_it(odd_worker: OddWorker) -> None:
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    confirmed(1, headers={"request_id": "abc", "traceparent": f"00-{trace_id}-b7ad6b7169203331-01"})
    odd_worker()
    all_delivered()
    assert Product.objects.get().description == f"abc {trace_id}"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_asked_to_stop_finishes_what_it_has_begun(
    odd_worker: OddWorker, tmp_path: Path, number: signal.Signals
) -> None:
    (tmp_path / "hold").touch()
    confirmed(1)
    worker = odd_worker()
    until((tmp_path / "held").exists, "the effect under way")
    worker.process.send_signal(number)
    (tmp_path / "hold").unlink()
    assert worker.process.wait(PATIENCE) == 0
    assert worker.text.splitlines()[-1] == "worker: stopped"
    assert written_down() == ["order.confirmed order:1"]


def test_a_worker_without_a_broker_can_be_stopped(odd_worker: OddWorker, redis: Redis) -> None:
    worker = odd_worker()
    confirmed(1)
    redis.kill()
    until(lambda: "Cannot connect" in worker.text, "the worker to miss its broker")
    assert worker.stop() == 0
    assert outbox().get().delivered_at is None or written_down() == ["order.confirmed order:1"]


def test_beat_tells_the_workers_what_is_due(start: Callable[..., Process], redis: Redis, tmp_path: Path) -> None:
    beat = start("manage.py", "beat", contexts=("orders",), says="beat: running")
    with redis.client() as client:
        until(lambda: client.llen(queues.jobs("orders")), "a job for orders")
        message = json.loads(client.lrange(queues.jobs("orders"), 0, -1)[0])
    assert message["headers"]["task"] == "shopflow.messaging.run_job"
    assert message["headers"]["expires"] is not None
    assert beat.stop() == 0
    assert beat.text.splitlines()[-1] == "beat: stopped"
    assert [file.name for file in tmp_path.iterdir() if "schedule" in file.name] == []


def test_a_job_that_is_due_is_run(odd_worker: OddWorker, redis: Redis) -> None:
    odd_worker()
    redis.tell("shopflow.messaging.run_job", queue=queues.jobs("inventory"), context="inventory", name="job")
    until(Product.objects.filter(name="job").exists, "the job")
