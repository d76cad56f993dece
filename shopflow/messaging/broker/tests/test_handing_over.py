"""What the relay puts into the queues, and what it makes of the outcomes."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.events import OrderCancelled, OrderConfirmed, OrderRefunded, OrderShipped
from contracts.messaging import Envelope, Handlers
from shopflow.messaging.broker import handing_over, outcomes
from shopflow.messaging.broker.handing_over import BrokerAway, consumers_of
from shopflow.messaging.broker.outcomes import Failure, failure
from shopflow.messaging.broker.wire import read, written
from shopflow.messaging.models import OutboxEvent
from shopflow.messaging.relay import BATCH, MAX_FAILURES, UnreadableEvent
from shopflow.messaging.tests.conftest import cancelled, confirmed, let_time_pass

pytestmark = pytest.mark.django_db(databases=["orders"])

CONSUMERS = {"order.confirmed": ["inventory", "users"], "order.cancelled": ["inventory"]}
NO: Failure = {"error": "ValueError: no", "passing": False}
GONE: Failure = {"error": "OperationalError: gone", "passing": True}


class FakeBroker:
    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.full: set[str] = set()
        self.away = ""
        """The queue at which it is found to be away."""
        self.unknown: set[str] = set()

    def send(self, task: str, *, queue: str, **arguments: Any) -> None:
        if queue == self.away:
            raise BrokerAway
        self.sent.append((queue, json.loads(json.dumps(arguments))))

    def is_full(self, queue: str) -> bool:
        if queue in self.unknown:
            raise BrokerAway  # as Celery has it: a KeyError, which the errors of a lost connection include
        return queue in self.full

    def take(self) -> dict[str, list[str]]:
        """What lies in each queue, by the aggregate."""
        sent, self.sent = self.sent, []
        return {queue: [_aggregate(letter) for letter in message["letters"]] for queue, message in sent}


def _aggregate(letter: dict[str, Any]) -> str:
    envelope = read(letter)
    assert isinstance(envelope, Envelope)
    return str(envelope.event.aggregate_id)


@pytest.fixture
def broker() -> FakeBroker:
    return FakeBroker()


def hand_over(broker: FakeBroker, limit: int = BATCH) -> int:
    return handing_over.hand_over_once("orders", broker, CONSUMERS, limit=limit)


def tell(
    event: OutboxEvent, consumer: str, failed: Failure | None = None, lease: uuid.UUID | None = None
) -> OutboxEvent:
    """Of the event as it was when this attempt began."""
    event_id = str(event.event_id)
    outcomes.settle(
        origin="orders",
        consumer=consumer,
        lease=lease or event.lease or uuid.uuid4(),
        applied=[] if failed else [event_id],
        failed={event_id: failed} if failed else {},
    )
    return row(event)


def row(event: OutboxEvent) -> OutboxEvent:
    event.refresh_from_db()
    return event


def test_each_consumer_is_told_and_the_event_is_delivered_once_all_have_applied_it(broker: FakeBroker) -> None:
    event = confirmed(1)
    assert hand_over(broker) == 1
    assert broker.take() == {"events.inventory": ["order:1"], "events.users": ["order:1"]}
    assert row(event).awaiting == ["inventory", "users"]
    assert tell(event, "users").delivered_at is None
    delivered = tell(event, "inventory")
    assert delivered.delivered_at is not None
    assert (delivered.awaiting, delivered.lease, delivered.leased_until) == ([], None, None)


def test_an_event_that_nobody_waits_for_is_delivered_at_once(broker: FakeBroker) -> None:
    shipped = OrderShipped(order_id=1, user_id=7, tracking="")
    event = OutboxEvent.objects.using("orders").create(type=shipped.type, aggregate_id="order:1", data=shipped.data)
    assert hand_over(broker) == 1
    assert broker.take() == {}
    assert row(event).delivered_at is not None


def test_the_next_event_of_an_aggregate_waits_for_the_outcome_of_the_last(broker: FakeBroker) -> None:
    first, _ = confirmed(1), cancelled(1)
    hand_over(broker)
    assert hand_over(broker) == 0
    broker.take()
    row(first)
    tell(first, "users")
    assert hand_over(broker) == 0
    tell(first, "inventory")
    assert hand_over(broker) == 1
    assert broker.take() == {"events.inventory": ["order:1"]}


def test_what_one_consumer_has_applied_it_is_not_told_again(broker: FakeBroker) -> None:
    event = confirmed(1)
    hand_over(broker)
    broker.take()
    tell(row(event), "users")
    failed = tell(event, "inventory", NO)
    assert (failed.failures, failed.last_error, failed.lease, failed.awaiting) == (1, NO["error"], None, ["inventory"])
    let_time_pass()
    hand_over(broker)
    assert broker.take() == {"events.inventory.retried": ["order:1"]}
    assert tell(row(event), "inventory").delivered_at is not None


def test_without_an_outcome_the_event_is_published_again_when_its_lease_ends(broker: FakeBroker) -> None:
    event = confirmed(1)
    hand_over(broker)
    broker.take()
    tell(row(event), "users")
    assert hand_over(broker) == 0
    let_time_pass()
    assert hand_over(broker) == 1
    assert broker.take() == {"events.inventory.retried": ["order:1"]}


def test_a_late_success_counts_and_a_late_failure_does_not(broker: FakeBroker) -> None:
    event = confirmed(1)
    hand_over(broker)
    first = row(event).lease
    let_time_pass()
    hand_over(broker)
    second = row(event).lease
    assert tell(event, "inventory", NO, lease=first).failures == 0
    assert row(event).lease == second
    tell(event, "users", lease=first)
    assert tell(event, "inventory", lease=first).delivered_at is not None


def test_the_pause_between_two_publications_grows_up_to_its_limit(broker: FakeBroker) -> None:
    event = confirmed(1)
    leases = []
    for _ in range(4):
        hand_over(broker)
        row(event)
        assert event.leased_until is not None
        leases.append((event.leased_until - event.created_at).total_seconds())
        let_time_pass()
    assert [round(seconds, -1) for seconds in leases] == [30, 60, 120, 120]


def test_an_outage_of_a_consumer_does_not_count_and_its_own_failures_end_in_a_dead_letter(broker: FakeBroker) -> None:
    event = cancelled(1)
    for told, times in ((GONE, 3), (NO, MAX_FAILURES)):
        for _ in range(times):
            let_time_pass()
            hand_over(broker)
            tell(row(event), "inventory", told)
        assert (row(event).dead_at is not None) == (told is NO)
    assert event.failures == MAX_FAILURES
    let_time_pass()
    assert hand_over(broker) == 0


def test_a_dead_letter_that_was_applied_after_all_is_delivered(broker: FakeBroker) -> None:
    event = cancelled(1, failures=MAX_FAILURES - 1)
    hand_over(broker)
    assert tell(row(event), "inventory", NO).dead_at is not None
    revived = tell(event, "inventory")
    assert (revived.dead_at, revived.delivered_at is not None) == (None, True)


def test_where_the_broker_is_away_the_events_are_as_if_they_had_not_been_taken(broker: FakeBroker) -> None:
    event = confirmed(1)
    broker.away = "events.users"
    with pytest.raises(BrokerAway):
        hand_over(broker)
    assert (row(event).attempts, event.lease, event.leased_until) == (0, None, None)
    broker.away = ""
    broker.take()
    assert hand_over(broker) == 1
    assert broker.take() == {"events.inventory": ["order:1"], "events.users": ["order:1"]}


def test_a_queue_from_which_nobody_takes_is_not_filled_for_ever(broker: FakeBroker) -> None:
    """And those who take from theirs are told all the same."""
    event = confirmed(1)
    broker.full = {"events.users", "events.users.retried"}
    hand_over(broker)
    assert broker.take() == {"events.inventory": ["order:1"]}
    tell(row(event), "inventory")
    broker.full = set()
    let_time_pass()
    hand_over(broker)
    assert broker.take() == {"events.users.retried": ["order:1"]}


def test_an_event_that_waits_for_a_context_of_a_newer_release_is_kept_for_it_and_holds_up_no_other(
    broker: FakeBroker,
) -> None:
    """As after a return to the release before."""
    event, other = confirmed(1), confirmed(2)
    OutboxEvent.objects.using("orders").filter(pk=event.pk).update(awaiting=["shipping", "users"])
    broker.unknown = {"events.shipping"}
    assert hand_over(broker) == 2
    assert broker.take() == {"events.users": ["order:1", "order:2"], "events.inventory": ["order:2"]}
    assert tell(row(event), "users").awaiting == ["shipping"]
    assert (event.delivered_at, event.dead_at, event.failures) == (None, None, 0)
    tell(row(other), "users")
    assert tell(other, "inventory").delivered_at is not None


def test_an_event_of_an_unknown_version_fails_here_and_holds_up_no_other(broker: FakeBroker) -> None:
    unknown, known = confirmed(1, version=99), cancelled(2)
    assert hand_over(broker) == 2
    assert broker.take() == {"events.inventory": ["order:2"]}
    assert row(unknown).last_error == "UnreadableEvent: order.confirmed version 99"
    assert (unknown.failures, row(known).awaiting) == (1, ["inventory"])


def test_an_event_comes_out_of_a_message_as_it_went_in() -> None:
    event = OrderRefunded(
        order_id=1,
        user_id=7,
        refund_id="r",
        amount=5,
        currency="EUR",
        lines=((1, 2), (3, 4)),
        restock=True,
        whole=False,
    )
    envelope = Envelope(
        event_id=str(uuid.uuid4()), occurred_at=datetime.now(UTC), headers={"request_id": "abc"}, event=event
    )
    letter = json.loads(json.dumps(written(envelope)))
    assert read(letter) == envelope
    unknown = read({**letter, "version": 99})
    assert isinstance(unknown, UnreadableEvent)
    assert str(unknown) == "order.refunded version 99"


def test_a_consumer_of_an_older_release_is_waited_for() -> None:
    assert failure(UnreadableEvent("order.sung version 1")) == {
        "error": "UnreadableEvent: order.sung version 1",
        "passing": True,
    }
    assert failure(ValueError("no\nDETAIL: a name")) == NO


def test_the_consumers_of_an_event_are_the_contexts_with_a_handler_for_it() -> None:
    def reacts(envelope: Envelope[Any]) -> None: ...

    handlers: dict[str, Handlers] = {
        "users": {OrderConfirmed: [reacts]},
        "inventory": {OrderConfirmed: [reacts], OrderCancelled: []},
    }
    assert consumers_of(handlers) == {"order.confirmed": ["users", "inventory"]}
