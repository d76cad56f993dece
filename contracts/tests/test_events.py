from __future__ import annotations

import json
from dataclasses import dataclass, field, fields, is_dataclass
from typing import get_type_hints

import pytest

from contracts import events, messaging
from contracts.events import EVENTS, Event, OrderConfirmed, StockAdjusted

CONFIRMED = OrderConfirmed(order_id=7, user_id=1, reservation_id="r", total=5100, currency="EUR")


@dataclass
class Outbox:
    published: list[tuple[str, Event]] = field(default_factory=list)

    def publish(self, event: Event, *, context: str) -> None:
        self.published.append((context, event))


def test_an_event_goes_to_the_outbox_of_its_context(monkeypatch: pytest.MonkeyPatch) -> None:
    outbox = Outbox()
    monkeypatch.setattr(messaging, "_publisher", outbox)

    messaging.publish(CONFIRMED, context="orders")

    assert outbox.published == [("orders", CONFIRMED)]


def test_publishing_before_the_wiring_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messaging, "_publisher", None)
    with pytest.raises(RuntimeError, match="no publisher"):
        messaging.publish(CONFIRMED, context="orders")


def test_events_of_one_aggregate_share_its_id() -> None:
    assert CONFIRMED.aggregate_id == "order:7"
    assert StockAdjusted(product_id=3, delta=-1, stock=4).aggregate_id == "product:3"


def test_the_data_of_an_event_makes_the_same_event_after_json() -> None:
    assert OrderConfirmed(**json.loads(json.dumps(CONFIRMED.data))) == CONFIRMED


@pytest.mark.parametrize("event", EVENTS.values(), ids=lambda event: event.__name__)
def test_an_event_is_frozen_and_carries_ids_and_plain_values_only(event: type[Event]) -> None:
    assert is_dataclass(event)
    assert event.__dataclass_params__.frozen  # type: ignore[attr-defined]
    hints = get_type_hints(event)
    assert {hints[each.name] for each in fields(event)} <= {int, str, bool, tuple[tuple[int, int], ...]}
    assert event.aggregate in hints


def test_a_name_and_version_is_given_once() -> None:
    with pytest.raises(TypeError, match=r"two events are called order\.confirmed version 1"):
        events._event("order.confirmed", aggregate="order_id")(OrderConfirmed)
