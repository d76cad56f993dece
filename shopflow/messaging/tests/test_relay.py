"""Events arrive: at least once, in order per aggregate, after every failure, or as a dead letter."""

from __future__ import annotations

import threading
from uuid import UUID

import pytest
from django.db import OperationalError, connections, transaction

from contracts.caller import Caller, calling_as
from contracts.events import OrderConfirmed
from contracts.messaging import headers
from shopflow.messaging import relay_sql
from shopflow.messaging.dead_letters import replay
from shopflow.messaging.models import OutboxEvent
from shopflow.messaging.publisher import OutboxPublisher
from shopflow.messaging.relay import BATCH, LEASE_SECONDS, LONGEST_RETRY_SECONDS, MAX_FAILURES, relay_once
from shopflow.messaging.tests.conftest import RecordingSink, cancelled, confirmed, let_time_pass

pytestmark = pytest.mark.django_db(databases=["orders"])


def row(event: OutboxEvent) -> OutboxEvent:
    event.refresh_from_db()
    return event


def test_an_event_is_delivered_once_and_marked(sink: RecordingSink) -> None:
    event = confirmed(1)
    assert relay_once("orders", sink) == 1
    assert relay_once("orders", sink) == 0
    assert sink.seen == [(1, "order.confirmed")]
    envelope = sink.delivered[0]
    assert envelope.event == OrderConfirmed(**event.data)
    assert (envelope.event_id, envelope.occurred_at) == (str(event.event_id), event.created_at)
    assert row(event).delivered_at is not None
    assert row(event).lease is None


def test_an_event_that_commits_late_is_not_skipped(sink: RecordingSink) -> None:
    late = confirmed(1)
    early = confirmed(2)
    OutboxEvent.objects.using("orders").filter(id=late.id).delete()
    relay_once("orders", sink)
    late.save(using="orders", force_insert=True)
    assert late.id < early.id
    relay_once("orders", sink)
    assert sink.seen == [(2, "order.confirmed"), (1, "order.confirmed")]


def test_events_of_one_aggregate_keep_their_order_even_when_the_first_fails(sink: RecordingSink) -> None:
    confirmed(1)
    cancelled(1)
    confirmed(2)
    sink.failing[1] = ValueError("not today")
    relay_once("orders", sink)
    relay_once("orders", sink)
    assert sink.seen == [(2, "order.confirmed")]
    sink.failing.clear()
    let_time_pass()
    while relay_once("orders", sink):
        pass
    assert sink.seen == [(2, "order.confirmed"), (1, "order.confirmed"), (1, "order.cancelled")]


def test_a_failure_is_tried_again_later_with_its_error_kept(sink: RecordingSink) -> None:
    event = confirmed(1)
    sink.failing[1] = ValueError("not today\nDETAIL: a name")
    relay_once("orders", sink)
    failed = row(event)
    assert (failed.attempts, failed.last_error, failed.lease) == (1, "ValueError: not today", None)
    assert failed.available_at > failed.created_at
    assert relay_once("orders", sink) == 0


def test_the_pause_grows_up_to_its_limit(sink: RecordingSink) -> None:
    event = confirmed(1)
    sink.failing[1] = OperationalError("gone")
    pauses = []
    for _ in range(12):
        let_time_pass()
        before = row(event).available_at
        relay_once("orders", sink)
        pauses.append((row(event).available_at - before).total_seconds())
    assert pauses[0] < 1
    assert LONGEST_RETRY_SECONDS * 0.5 <= pauses[-1] <= LONGEST_RETRY_SECONDS * 1.5 + 1


def test_what_keeps_failing_is_parked_and_holds_up_its_aggregate_only(sink: RecordingSink) -> None:
    event = confirmed(1)
    cancelled(1)
    sink.failing[1] = ValueError("never")
    for _ in range(MAX_FAILURES):
        let_time_pass()
        relay_once("orders", sink)
    assert row(event).dead_at is not None
    confirmed(2)
    let_time_pass()
    relay_once("orders", sink)
    assert sink.seen == [(2, "order.confirmed")]


def test_a_dead_letter_can_be_replayed_and_frees_those_behind_it(sink: RecordingSink) -> None:
    event = confirmed(1)
    cancelled(1)
    OutboxEvent.objects.using("orders").filter(id=event.id).update(dead_at=event.created_at, failures=MAX_FAILURES)
    assert relay_once("orders", sink) == 0
    assert replay("orders", event.event_id)
    assert not replay("orders", event.event_id)
    while relay_once("orders", sink):
        pass
    assert sink.seen == [(1, "order.confirmed"), (1, "order.cancelled")]


def test_an_outage_never_makes_a_dead_letter_nor_counts_towards_one(sink: RecordingSink) -> None:
    event = confirmed(1)
    sink.failing[1] = OperationalError("gone")
    for _ in range(MAX_FAILURES + 2):
        let_time_pass()
        relay_once("orders", sink)
    sink.failing[1] = ValueError("the first of its own")
    let_time_pass()
    relay_once("orders", sink)
    assert (row(event).dead_at, row(event).failures) == (None, 1)


def test_the_thousandth_retry_is_as_good_as_the_tenth(sink: RecordingSink) -> None:
    event = confirmed(1, attempts=5000)
    sink.failing[1] = OperationalError("gone")
    assert relay_once("orders", sink) == 1
    assert row(event).last_error == "OperationalError: gone"


@pytest.mark.parametrize("data", [{"order_id": 1, "plan": "x"}, {}, [1], "text"])
def test_an_event_with_unknown_fields_is_parked_at_last(sink: RecordingSink, data: object) -> None:
    event = confirmed(1, data=data)
    confirmed(2)
    for _ in range(MAX_FAILURES):
        let_time_pass()
        relay_once("orders", sink)
    assert row(event).dead_at is not None
    assert sink.seen == [(2, "order.confirmed")]


def test_an_event_of_an_unknown_version_is_not_lost(sink: RecordingSink) -> None:
    event = confirmed(1, version=99)
    relay_once("orders", sink)
    assert sink.seen == []
    assert row(event).last_error == "UnreadableEvent: order.confirmed version 99"


def test_an_event_leased_to_a_relay_that_died_is_taken_over_when_the_lease_ends(sink: RecordingSink) -> None:
    event = confirmed(1)

    def die() -> None:
        raise SystemExit

    sink.on_deliver = die
    with pytest.raises(SystemExit):
        relay_once("orders", sink)
    sink.on_deliver = None
    assert row(event).lease is not None
    assert relay_once("orders", sink) == 0
    let_time_pass()
    assert relay_once("orders", sink) == 1
    assert sink.seen == [(1, "order.confirmed")]


def test_a_relay_that_lost_its_lease_marks_nothing(sink: RecordingSink) -> None:
    event = confirmed(1)
    other = RecordingSink()
    other.failing[1] = ValueError("no")

    def overtaken() -> None:
        let_time_pass()
        relay_once("orders", other)

    sink.on_deliver = overtaken
    relay_once("orders", sink)
    assert row(event).delivered_at is None
    assert row(event).last_error == "ValueError: no"


@pytest.mark.django_db(databases=["orders"], transaction=True)
def test_relays_at_the_same_time_share_the_work_and_deliver_each_event_once() -> None:
    for order_id in range(200):
        confirmed(order_id)
    sinks = [RecordingSink() for _ in range(4)]
    start = threading.Barrier(len(sinks))

    def work(sink: RecordingSink) -> None:
        try:
            start.wait(timeout=30)
            while relay_once("orders", sink, limit=10):
                pass
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(sink,)) for sink in sinks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    delivered = [order_id for sink in sinks for order_id, _ in sink.seen]
    assert sorted(delivered) == list(range(200))


def test_publishing_outside_a_transaction_is_a_mistake_that_shows() -> None:
    connection = connections["payments"]
    assert not connection.in_atomic_block
    event = OrderConfirmed(order_id=1, user_id=7, reservation_id="r", total=1, currency="EUR")
    with pytest.raises(RuntimeError, match=r"order\.confirmed must be published in the transaction"):
        OutboxPublisher().publish(event, context="payments")


def test_an_event_takes_the_request_id_along(sink: RecordingSink) -> None:
    event = OrderConfirmed(order_id=1, user_id=7, reservation_id="r", total=1, currency="EUR")
    with calling_as(Caller(request_id="abc")), transaction.atomic(using="orders"):
        assert headers() == {"request_id": "abc"}
        OutboxPublisher().publish(event, context="orders")
    relay_once("orders", sink)
    assert sink.delivered[0].headers == {"request_id": "abc"}


def test_an_event_of_a_transaction_that_is_rolled_back_never_was(sink: RecordingSink) -> None:
    event = OrderConfirmed(order_id=1, user_id=7, reservation_id="r", total=1, currency="EUR")
    with transaction.atomic(using="orders"):
        OutboxPublisher().publish(event, context="orders")
        transaction.set_rollback(True, using="orders")
    assert relay_once("orders", sink) == 0


def test_earlier_events_are_looked_up_by_their_aggregate_even_in_a_plan_made_for_an_empty_outbox() -> None:
    with connections["orders"].cursor() as cursor:
        cursor.execute(
            f"EXPLAIN {relay_sql.CLAIM}",
            {
                "lease": UUID(int=1),
                "lease_seconds": LEASE_SECONDS,
                "longest_lease": LEASE_SECONDS,
                "limit": BATCH,
                "consumers": None,
            },
        )
        plan = " ".join(line for (line,) in cursor.fetchall())
    assert "SubPlan" in plan
    assert "Join Filter" not in plan
