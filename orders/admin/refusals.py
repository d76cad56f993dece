"""Why a deed was refused, as a sentence for whoever asked for it: what is so, and what can be done in its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from contracts.errors import ContractError, Refused
from contracts.orders import OrderStatus
from orders.errors import (
    IdempotencyKeyReused,
    NothingToRefund,
    OrderHasRefunds,
    OrderNotCancellable,
    OrderNotDeliverable,
    OrderNotRefundable,
    OrderNotShippable,
    RefundExceedsOrder,
)

UNDER_WAY: Final = (OrderStatus.SHIPPED, OrderStatus.DELIVERED)


def not_cancellable(refused: OrderNotCancellable) -> str:
    rest = "it can be refunded, not cancelled" if refused.order_status in UNDER_WAY else "nothing is left to cancel"
    return f"Order {refused.order_id} is {refused.order_status.value}: {rest}."


def not_shippable(refused: OrderNotShippable) -> str:
    if refused.order_status is OrderStatus.CONFIRMED:
        return f"Of order {refused.order_id} something is being refunded: ship it once that is settled."
    wait = "wait until it is paid" if refused.order_status is OrderStatus.PENDING else "there is nothing to ship"
    return f"Order {refused.order_id} is {refused.order_status.value}: {wait}."


def not_deliverable(refused: OrderNotDeliverable) -> str:
    return f"Order {refused.order_id} is {refused.order_status.value}: only a shipped order can arrive."


def not_refundable(refused: OrderNotRefundable) -> str:
    pending = refused.order_status is OrderStatus.PENDING
    rest = "nothing is paid yet, cancel it in place of refunding it" if pending else "nothing is left to refund"
    return f"Order {refused.order_id} is {refused.order_status.value}: {rest}."


SENTENCES: Final[dict[type[ContractError], Callable[[Any], str]]] = {
    OrderNotCancellable: not_cancellable,
    OrderHasRefunds: lambda refused: (
        f"Something of order {refused.order_id} was refunded: refund the rest in place of cancelling it."
    ),
    OrderNotShippable: not_shippable,
    OrderNotDeliverable: not_deliverable,
    OrderNotRefundable: not_refundable,
    RefundExceedsOrder: lambda refused: (
        f"Only {refused.refundable} of product {refused.product_id} can still be refunded: "
        "somebody else has refunded some of it in the meantime."
    ),
    NothingToRefund: lambda refused: f"All of order {refused.order_id} was refunded, or is being refunded.",
    IdempotencyKeyReused: lambda _: (
        "This form has made a refund already, and was sent again with other lines. See below what was refunded."
    ),
}


def explained(refused: Refused) -> str:
    sentence = SENTENCES.get(type(refused))
    return sentence(refused) if sentence else refused.message
