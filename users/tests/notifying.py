"""Orders that were made up, news of them, and time that passes."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, ExpressionWrapper, F
from django.db.models.functions import Now

from contracts.errors import PeerUnavailable
from contracts.events import Event
from contracts.messaging import Envelope
from contracts.money import Money
from contracts.orders import GetOrders, OrdersService, OrderStatus, OrderSummaries, OrderSummary, SummaryLine
from contracts.ports import ports, using
from contracts.transport.local import local_client
from shopflow.messaging.inbox import InlineSink
from shopflow.wiring import hooks
from users.handlers import NOTIFIED
from users.models import WAITING, Notification


def eur(minor: int) -> Money:
    return Money(currency="EUR", minor=minor)


class MadeUpOrders(OrdersService):
    """Knows the orders that it was given, and what it was asked for."""

    def __init__(self) -> None:
        self.known: dict[int, OrderSummary] = {}
        self.asked: list[tuple[int, ...]] = []
        self.away = False

    def get_reservation_claims(self, request: Any) -> Any:
        raise NotImplementedError

    def get_orders(self, request: GetOrders) -> OrderSummaries:
        self.asked.append(request.order_ids)
        if self.away:
            raise PeerUnavailable(peer="orders")
        return OrderSummaries(orders=tuple(self.known[id] for id in request.order_ids if id in self.known))

    def add(self, order_id: int, *, user_id: int, lamp: str = "Lamp") -> None:
        """Two lamps and a mug."""
        self.known[order_id] = OrderSummary(
            order_id=order_id,
            user_id=user_id,
            status=OrderStatus.CONFIRMED,
            total=eur(6099),
            refunded=eur(0),
            lines=(
                SummaryLine(product_id=1, name=lamp, quantity=2, unit_price=eur(2550)),
                SummaryLine(product_id=2, name="Mug", quantity=1, unit_price=eur(999)),
            ),
            created_at=datetime(2026, 11, 21, 12, tzinfo=UTC),
        )


@contextmanager
def made_up_orders() -> Iterator[MadeUpOrders]:
    """Called as the real ones are: through the codec, and never within a transaction."""
    orders = MadeUpOrders()
    client = local_client(OrdersService, orders, strict=True, hooks=hooks())
    with using(replace(ports(), orders=client)):
        yield orders


def told(*events: Event, times: int = 1) -> str:
    """The events arrive as the relay brings them, together; returns the id of the last."""
    now = datetime.now(tz=UTC)
    envelopes = [Envelope(event_id=str(uuid.uuid4()), occurred_at=now, headers={}, event=event) for event in events]
    for _ in range(times):
        assert InlineSink({"users": NOTIFIED}).deliver(envelopes) == {}
    return envelopes[-1].event_id


def let_time_pass(**span: float) -> None:
    """Whatever waits or is leased is due now, and so much older."""
    older = ExpressionWrapper(F("created_at") - timedelta(**span), output_field=DateTimeField())
    Notification.objects.filter(WAITING).update(available_at=Now(), created_at=older)
