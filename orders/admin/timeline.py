"""An order's history in sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from contracts.events import (
    OrderCancelled,
    OrderConfirmed,
    OrderDelivered,
    OrderPlaced,
    OrderRefunded,
    OrderShipped,
    RefundFailed,
    RefundRequested,
)
from contracts.money import Money
from orders.models import OrderEvent
from orders.refund_selectors import RefundDetails
from orders.selectors import OrderDetails

WHY_CANCELLED: Final = {
    "customer": "by the customer",
    "staff": "by staff",
    "payment_declined": "as its payment was declined",
    "payment_called_off": "as its payment was called off",
    "not_paid_in_time": "as it was not paid in time",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """`actor_id`: who did it, where that is known."""

    at: datetime
    icon: str
    says: str
    actor_id: int | None


def moments(order: OrderDetails, events: Iterable[OrderEvent], refunds: Iterable[RefundDetails]) -> list[Moment]:
    asked_by = {refund.id: refund.actor_id for refund in refunds}
    return [_moment(order, event, asked_by) for event in events]


def _moment(order: OrderDetails, event: OrderEvent, asked_by: Mapping[str, int]) -> Moment:
    icon, sentence = SENTENCES.get(event.type, ("info", lambda *_: event.type))
    return Moment(at=event.created_at, icon=icon, says=sentence(order, event), actor_id=_actor(order, event, asked_by))


def _actor(order: OrderDetails, event: OrderEvent, asked_by: Mapping[str, int]) -> int | None:
    if event.type == RefundRequested.type:
        return asked_by.get(event.data["refund_id"])
    if event.sequence == 1 or event.data.get("reason") == "customer":
        return order.user_id
    actor_id: int | None = event.data.get("actor_id")
    return actor_id


def _placed(order: OrderDetails, event: OrderEvent) -> str:
    return f"Placed; {_money(order, order.total)} are to be paid."


def _confirmed(order: OrderDetails, event: OrderEvent) -> str:
    if event.sequence > 1:
        return f"Paid {_money(order, order.total)}, and confirmed."
    return (
        "Placed and confirmed: to be paid on invoice." if order.total else "Placed and confirmed: there is no charge."
    )


def _cancelled(order: OrderDetails, event: OrderEvent) -> str:
    reason = event.data.get("reason", "")
    declined = f" ({event.data['declined']})" if "declined" in event.data else ""
    return f"Cancelled {WHY_CANCELLED.get(reason, reason)}{declined}.".replace(" .", ".")


def _shipped(order: OrderDetails, event: OrderEvent) -> str:
    tracking = event.data.get("tracking")
    return f"Shipped; the carrier calls it {tracking}." if tracking else "Shipped."


def _delivered(order: OrderDetails, event: OrderEvent) -> str:
    return "Delivered."


def _refund_requested(order: OrderDetails, event: OrderEvent) -> str:
    back = "back in stock" if event.data["restock"] else "not put back in stock"
    reason = f" Reason: {event.data['reason']}" if event.data.get("reason") else ""
    return f"Refund of {_sum(order, event)} requested: {_things(order, event)}, {back}.{reason}"


def _refunded(order: OrderDetails, event: OrderEvent) -> str:
    whole = " Nothing is left of the order." if event.data.get("whole") else ""
    return f"Refunded {_sum(order, event)} for {_things(order, event)}.{whole}"


def _refund_failed(order: OrderDetails, event: OrderEvent) -> str:
    return f"The refund of {_sum(order, event)} failed: {event.data.get('reason') or 'no reason was given'}."


def _sum(order: OrderDetails, event: OrderEvent) -> str:
    return _money(order, event.data["amount"])


def _things(order: OrderDetails, event: OrderEvent) -> str:
    names = {line.product_id: line.name for line in order.lines}
    return ", ".join(f"{quantity} x {names.get(id, f'product {id}')}" for id, quantity in event.data["lines"])


def _money(order: OrderDetails, minor: int) -> str:
    return str(Money(currency=order.currency, minor=minor))


SENTENCES: Final[dict[str, tuple[str, Callable[[OrderDetails, OrderEvent], str]]]] = {
    OrderPlaced.type: ("shopping_cart", _placed),
    OrderConfirmed.type: ("check_circle", _confirmed),
    OrderCancelled.type: ("cancel", _cancelled),
    OrderShipped.type: ("local_shipping", _shipped),
    OrderDelivered.type: ("task_alt", _delivered),
    RefundRequested.type: ("undo", _refund_requested),
    OrderRefunded.type: ("payments", _refunded),
    RefundFailed.type: ("error", _refund_failed),
}
