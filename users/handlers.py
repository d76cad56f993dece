"""What the users context does when something happened elsewhere."""

from __future__ import annotations

from contracts.events import Envelope, Handlers, OrderCancelled, OrderConfirmed, OrderRefunded, OrderShipped
from users.models import NotificationKind
from users.notifications import queue

Told = OrderConfirmed | OrderCancelled | OrderRefunded | OrderShipped


def notify(envelope: Envelope[Told]) -> None:
    """Queue the e-mail; `send_notifications` sends it. Kept is what the order itself does not say."""
    event = envelope.event
    data: dict[str, object] = {}
    if isinstance(event, OrderRefunded):
        data = {"amount": event.amount, "currency": event.currency, "lines": event.lines}
    elif isinstance(event, OrderShipped):
        data = {"tracking": event.tracking}
    queue.enqueue(
        kind=NotificationKind(event.type),
        event_id=envelope.event_id,
        order_id=event.order_id,
        user_id=event.user_id,
        data=data,
    )


HANDLERS: Handlers = {
    OrderConfirmed: [notify],
    OrderCancelled: [notify],
    OrderRefunded: [notify],
    OrderShipped: [notify],
}
