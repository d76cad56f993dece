"""Each event is applied once per consumer, together with the proof of it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.caller import current_caller
from contracts.events import OrderConfirmed
from contracts.messaging import Envelope, Handler, alone, together
from inventory.models import Product
from shopflow.messaging.inbox import InlineSink
from shopflow.messaging.models import InboxEntry

pytestmark = pytest.mark.django_db(databases=["inventory"])


def envelope(order_id: int = 1, event_id: str | None = None) -> Envelope[Any]:
    event = OrderConfirmed(order_id=order_id, user_id=7, reservation_id="r", total=1, currency="EUR")
    return Envelope(
        event_id=event_id or str(uuid.uuid4()),
        occurred_at=datetime.now(UTC),
        headers={"request_id": f"request-{order_id}"},
        event=event,
    )


def sink(*handlers: Handler) -> InlineSink:
    return InlineSink({"inventory": {OrderConfirmed: handlers}})


def creates_a_product(envelope: Envelope[Any]) -> None:
    Product.objects.create(sku=f"E-{envelope.event.data['order_id']}", name="x", price=1)


def fails_for_order_two(envelope: Envelope[Any]) -> None:
    creates_a_product(envelope)
    if envelope.event.data["order_id"] == 2:
        raise ValueError("not this one")


def test_an_event_that_comes_twice_is_applied_once() -> None:
    twice = envelope()
    for _ in range(2):
        assert sink(creates_a_product).deliver([twice]) == {}
    assert Product.objects.count() == 1
    entry = InboxEntry.objects.using("inventory").get()
    assert (entry.consumer, str(entry.event_id)) == ("inventory.creates_a_product", twice.event_id)


def test_an_event_that_comes_twice_in_one_batch_is_applied_once() -> None:
    twice = envelope()
    assert sink(creates_a_product).deliver([twice, twice]) == {}
    assert Product.objects.count() == 1


def test_what_fails_leaves_neither_effect_nor_proof_and_the_others_are_applied() -> None:
    first, second, third = envelope(1), envelope(2), envelope(3)
    failures = sink(fails_for_order_two).deliver([first, second, third])
    assert list(failures) == [second.event_id]
    assert isinstance(failures[second.event_id], ValueError)
    assert sorted(Product.objects.values_list("sku", flat=True)) == ["E-1", "E-3"]
    assert InboxEntry.objects.using("inventory").count() == 2


def test_a_handler_that_worked_is_not_repeated_when_its_neighbour_is_tried_again() -> None:
    calls: list[str] = []
    broken = [True]

    def works(envelope: Envelope[Any]) -> None:
        calls.append("works")

    def breaks(envelope: Envelope[Any]) -> None:
        if broken[0]:
            raise ValueError("not yet")
        calls.append("breaks")

    event = envelope()
    assert list(sink(works, breaks).deliver([event])) == [event.event_id]
    calls.clear()
    broken[0] = False
    assert sink(works, breaks).deliver([event]) == {}
    assert calls == ["breaks"]


def test_a_handler_works_on_behalf_of_the_request_that_caused_the_event() -> None:
    seen: list[str | None] = []
    sink(lambda _: seen.append(current_caller().request_id)).deliver([envelope(5)])
    assert seen == ["request-5"]


def test_a_handler_that_wants_to_be_alone_gets_a_transaction_for_each_event() -> None:
    seen: list[int] = []

    @alone
    def counts_what_is_visible(envelope: Envelope[Any]) -> None:
        seen.append(InboxEntry.objects.using("inventory").count())

    def counts_too(envelope: Envelope[Any]) -> None:
        seen.append(InboxEntry.objects.using("inventory").count())

    assert sink(counts_what_is_visible).deliver([envelope(1), envelope(2)]) == {}
    assert sink(counts_too).deliver([envelope(3), envelope(4)]) == {}
    assert seen == [1, 2, 4, 4]


def test_an_event_without_a_consumer_is_delivered() -> None:
    assert InlineSink({}).deliver([envelope()]) == {}


def test_a_handler_of_many_gets_the_fresh_events_of_a_transaction_at_once() -> None:
    calls: list[list[int]] = []

    @together
    def notes(envelopes: Sequence[Envelope[Any]]) -> None:
        calls.append([envelope.event.data["order_id"] for envelope in envelopes])

    before = envelope(1)
    assert sink(notes).deliver([before]) == {}
    assert sink(notes, creates_a_product).deliver([before, envelope(2), envelope(3)]) == {}
    assert calls == [[1], [2, 3]]
    assert InboxEntry.objects.using("inventory").filter(consumer="inventory.notes").count() == 3


def test_where_a_handler_of_many_fails_each_event_is_tried_alone() -> None:
    @together
    def refuses_order_two(envelopes: Sequence[Envelope[Any]]) -> None:
        for envelope in envelopes:
            fails_for_order_two(envelope)

    first, second = envelope(1), envelope(2)
    failures = sink(refuses_order_two).deliver([first, second])
    assert {id: str(error) for id, error in failures.items()} == {second.event_id: "not this one"}
    assert Product.objects.get().sku == "E-1"
