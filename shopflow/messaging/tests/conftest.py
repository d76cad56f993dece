"""What the tests of the messages start from."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db.models import F
from django.db.models.functions import Now

from contracts.events import OrderCancelled, OrderConfirmed
from contracts.messaging import Envelope
from shopflow.messaging.models import OutboxEvent


class RecordingSink:
    """Takes what it is given, and fails where it is told to."""

    def __init__(self) -> None:
        self.delivered: list[Envelope[Any]] = []
        self.failing: dict[int, Exception] = {}
        self.on_deliver: Callable[[], None] | None = None

    def deliver(self, envelopes: Sequence[Envelope[Any]]) -> dict[str, Exception]:
        if self.on_deliver:
            self.on_deliver()
        failures = {}
        for envelope in envelopes:
            order_id = envelope.event.data["order_id"]
            if order_id in self.failing:
                failures[envelope.event_id] = self.failing[order_id]
            else:
                self.delivered.append(envelope)
        return failures

    @property
    def seen(self) -> list[tuple[int, str]]:
        return [(envelope.event.data["order_id"], envelope.event.type) for envelope in self.delivered]


@pytest.fixture
def sink() -> RecordingSink:
    return RecordingSink()


def confirmed(order_id: int, **more: object) -> OutboxEvent:
    event = OrderConfirmed(order_id=order_id, user_id=7, reservation_id=str(uuid.uuid4()), total=100, currency="EUR")
    return outbox_row(event, **more)


def cancelled(order_id: int, **more: object) -> OutboxEvent:
    return outbox_row(OrderCancelled(order_id=order_id, user_id=7, reservation_id=str(uuid.uuid4())), **more)


def outbox_row(event: OrderConfirmed | OrderCancelled, **more: object) -> OutboxEvent:
    row = {"type": event.type, "version": event.version, "aggregate_id": event.aggregate_id, "data": event.data}
    created = OutboxEvent.objects.using("orders").create(**{**row, **more})
    created.refresh_from_db()
    return created


def let_time_pass() -> None:
    """Whatever waits or is leased is due now."""
    OutboxEvent.objects.using("orders").update(available_at=Now())
    OutboxEvent.objects.using("orders").exclude(leased_until=None).update(leased_until=F("created_at"))
