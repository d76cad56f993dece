"""Use cases of the refunds: by the customer until the order is shipped, by staff as long as something is left."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Final

from contracts.base import require_time
from contracts.inventory import StockLine
from contracts.orders import OrderStatus
from contracts.payments import RefundState
from orders import refund_moves, refund_selectors, repayment, selectors, steps
from orders.errors import IdempotencyKeyReused, NothingToRefund, OrderNotRefundable, RefundExceedsOrder
from orders.refund_selectors import RefundDetails
from orders.selectors import OrderDetails

NAMESPACE: Final = uuid.UUID("2c9b1f4a-8e0d-4f7c-a6c3-95d2b8f01e77")
SHIPPED: Final = (OrderStatus.SHIPPED, OrderStatus.DELIVERED)
STANDING: Final = (OrderStatus.CONFIRMED, *SHIPPED)

Items = Sequence[StockLine]
"""What of the order; none: all that is left of it."""


def refund_own(
    *, order_id: int, user_id: int, items: Items = (), reason: str = "", key: str | None = None
) -> RefundDetails:
    """Give the user's own order back, whole or a part of it, before it is shipped. It can be sold again."""
    order = selectors.get_order(order_id=order_id, user_id=user_id)
    return _refund(order, (OrderStatus.CONFIRMED,), items=items, reason=reason, key=key, restock=True, actor_id=user_id)


def refund_as_staff(
    *,
    order_id: int,
    actor_id: int,
    items: Items = (),
    reason: str = "",
    restock: bool | None = None,
    key: str | None = None,
) -> RefundDetails:
    """Refund anybody's order. Where `restock` is not said, what was not shipped can be sold again."""
    order = selectors.get_order(order_id=order_id, user_id=None)
    return _refund(order, STANDING, items=items, reason=reason, key=key, restock=restock, actor_id=actor_id)


def take_back(
    *, order_id: int, actor_id: int, items: Items = (), reason: str = "", key: str | None = None
) -> RefundDetails:
    """A return: what was shipped has come back. It is refunded and can be sold again."""
    order = selectors.get_order(order_id=order_id, user_id=None)
    return _refund(order, SHIPPED, items=items, reason=reason, key=key, restock=True, actor_id=actor_id)


def _refund(
    order: OrderDetails,
    allowed: tuple[OrderStatus, ...],
    *,
    items: Items,
    reason: str,
    key: str | None,
    restock: bool | None,
    actor_id: int,
) -> RefundDetails:
    """Ask for it, then give the money back. With a `key`, repeating the call gives the refund of the first one.

    Where others refund the same order at this moment, it is what they leave that is asked for, or refused.
    """
    refund_id = str(uuid.uuid4() if key is None else uuid.uuid5(NAMESPACE, f"{order.id}:{key}"))
    fingerprint = _fingerprint(items, reason, allowed, restock)
    while (refund := refund_selectors.find_refund(refund_id=refund_id)) is None:
        require_time("refund")
        quantities = _quantities(order, items, allowed)
        with steps.REQUEST_REFUND:
            refund_moves.request(
                order,
                refund_id=refund_id,
                quantities=quantities,
                restock=order.status not in SHIPPED if restock is None else restock,
                reason=reason,
                actor_id=actor_id,
                fingerprint=fingerprint,
            )
        order = selectors.get_order(order_id=order.id, user_id=None)
    return _settled(refund, fingerprint)


def _settled(refund: RefundDetails, fingerprint: str) -> RefundDetails:
    """It goes on where it stopped, in this request or in the first one with this key."""
    if refund.fingerprint != fingerprint:
        raise IdempotencyKeyReused
    if refund.state is not RefundState.REQUESTED:
        return refund
    repayment.pay_back(refund)
    return refund_selectors.find_refund(refund_id=refund.id) or refund


def _quantities(order: OrderDetails, items: Items, allowed: tuple[OrderStatus, ...]) -> dict[int, int]:
    """The quantity to come back of each product, in id order; refused where it cannot be by what was read."""
    if order.status not in allowed:
        raise OrderNotRefundable(order_id=order.id, order_status=order.status)
    left = {line.product_id: line.quantity - line.refunded for line in order.lines}
    wanted: Counter[int] = Counter()
    for item in items:
        wanted[item.product_id] += item.quantity
    for product_id, quantity in wanted.items():
        if quantity > left.get(product_id, 0):
            raise RefundExceedsOrder(order_id=order.id, product_id=product_id, refundable=left.get(product_id, 0))
    quantities = dict(wanted) if items else {id: quantity for id, quantity in left.items() if quantity}
    if not quantities:
        raise NothingToRefund(order_id=order.id)
    return dict(sorted(quantities.items()))


def _fingerprint(items: Items, *said: object) -> str:
    wanted: Counter[int] = Counter()
    for item in items:
        wanted[item.product_id] += item.quantity
    return hashlib.sha256(json.dumps([sorted(wanted.items()), *said]).encode()).hexdigest()
