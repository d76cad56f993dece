"""An order's history, played from the start: where it leads is where the order must be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

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
from contracts.orders import OrderStatus

REACHED: Final = {
    OrderPlaced.type: OrderStatus.PENDING,
    OrderConfirmed.type: OrderStatus.CONFIRMED,
    OrderCancelled.type: OrderStatus.CANCELLED,
    OrderShipped.type: OrderStatus.SHIPPED,
    OrderDelivered.type: OrderStatus.DELIVERED,
}
REFUNDS: Final = {RefundRequested.type, OrderRefunded.type, RefundFailed.type}
FOLLOWS: Final[Mapping[OrderStatus | None, set[str]]] = {
    None: {OrderPlaced.type, OrderConfirmed.type},
    OrderStatus.PENDING: {OrderConfirmed.type, OrderCancelled.type},
    OrderStatus.CONFIRMED: {OrderCancelled.type, OrderShipped.type} | REFUNDS,
    OrderStatus.SHIPPED: {OrderDelivered.type} | REFUNDS,
    OrderStatus.DELIVERED: REFUNDS,
}
"""What can happen to an order of each status; to one that is cancelled or refunded, nothing."""


class ImpossibleHistory(Exception):
    """An event that cannot follow those before it."""


def replay(events: Iterable[tuple[str, Mapping[str, Any]]]) -> tuple[OrderStatus, int, dict[int, int]]:
    """Where the events, as pairs of type and data, lead: the status, the money refunded, the refunded quantities.

    Quantities are taken as a refund is asked for, and given back if it fails; products without any are left out.
    """
    status: OrderStatus | None = None
    refunded = 0
    quantities: Counter[int] = Counter()
    for kind, data in events:
        if kind not in FOLLOWS.get(status, ()):
            raise ImpossibleHistory(f"{kind} after {status}")
        status = REACHED.get(kind, status)
        if kind == RefundRequested.type:
            quantities.update(dict(data["lines"]))
        elif kind == RefundFailed.type:
            quantities.subtract(dict(data["lines"]))
        elif kind == OrderRefunded.type:
            refunded += data["amount"]
            status = OrderStatus.REFUNDED if data["whole"] else status
    if status is None:
        raise ImpossibleHistory("no events")
    return status, refunded, {id: quantity for id, quantity in sorted(quantities.items()) if quantity}
