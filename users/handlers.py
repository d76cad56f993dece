"""What the users context does when something happened elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from contracts.events import EVENTS, OrderCancelled, OrderConfirmed, OrderRefunded, OrderShipped
from contracts.messaging import Envelope, Handlers, together
from users.models import NotificationKind
from users.notifications import queue as notifications
from users.notifications.queue import News
from users.webhooks.queue import enqueue

Told = OrderConfirmed | OrderCancelled | OrderRefunded | OrderShipped


@together
def notify(envelopes: Sequence[Envelope[Told]]) -> None:
    """Queue the e-mails; `send_notifications` sends them."""
    notifications.enqueue([_news(envelope) for envelope in envelopes])


def _news(envelope: Envelope[Told]) -> News:
    """Kept is what the order itself does not say."""
    event = envelope.event
    data: dict[str, Any] = {}
    if isinstance(event, OrderRefunded):
        data = {"amount": event.amount, "currency": event.currency, "lines": event.lines}
    elif isinstance(event, OrderShipped):
        data = {"tracking": event.tracking}
    return News(
        kind=NotificationKind(event.type),
        event_id=envelope.event_id,
        order_id=event.order_id,
        user_id=event.user_id,
        data=data,
    )


@together
def tell_webhooks(envelopes: Sequence[Envelope[Any]]) -> None:
    enqueue(envelopes)


NOTIFIED: Handlers = {
    OrderConfirmed: [notify],
    OrderCancelled: [notify],
    OrderRefunded: [notify],
    OrderShipped: [notify],
}
HANDLERS: Handlers = {kind: [*NOTIFIED.get(kind, ()), tell_webhooks] for kind in EVENTS.values()}
