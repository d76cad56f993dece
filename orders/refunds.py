"""Use cases of the refunds: by the customer until the order is shipped, by staff as long as something is left."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Final, NoReturn

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
    if restock is None:
        restock = order.status not in SHIPPED
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
    restock: bool,
    actor_id: int,
) -> RefundDetails:
    """Ask for it, then give the money back. With a `key`, repeating the call gives the refund of the first one."""
    refund_id = str(uuid.uuid4() if key is None else uuid.uuid5(NAMESPACE, f"{order.id}:{key}"))
    fingerprint = _fingerprint(items, reason, [status.value for status in allowed])
    if refund := refund_selectors.find_refund(refund_id=refund_id):
        return _again(refund, fingerprint)
    with steps.REQUEST_REFUND:
        requested = refund_moves.request(
            order,
            refund_id=refund_id,
            quantities=_quantities(order, items, allowed),
            restock=restock,
            reason=reason,
            actor_id=actor_id,
            fingerprint=fingerprint,
            allowed=allowed,
        )
    refund = refund_selectors.find_refund(refund_id=refund_id)
    if refund is None:
        _raise_why_not(order.id, items, allowed)
    return _paid_back(refund) if requested else _again(refund, fingerprint)


def _again(refund: RefundDetails, fingerprint: str) -> RefundDetails:
    """The first request's refund; it goes on where that one stopped."""
    if refund.fingerprint != fingerprint:
        raise IdempotencyKeyReused
    return _paid_back(refund) if refund.state is RefundState.REQUESTED else refund


def _paid_back(refund: RefundDetails) -> RefundDetails:
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


def _raise_why_not(order_id: int, items: Items, allowed: tuple[OrderStatus, ...]) -> NoReturn:
    """Somebody was faster: what was left when it was read is not left any more."""
    now = selectors.get_order(order_id=order_id, user_id=None)
    _quantities(now, items, allowed)
    raise NothingToRefund(order_id=order_id)


def _fingerprint(items: Items, reason: str, allowed: list[str]) -> str:
    wanted: Counter[int] = Counter()
    for item in items:
        wanted[item.product_id] += item.quantity
    return hashlib.sha256(json.dumps([sorted(wanted.items()), reason, allowed]).encode()).hexdigest()
