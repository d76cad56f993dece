"""Errors of the orders that cross no contract."""

from __future__ import annotations

from typing import ClassVar

from contracts.errors import Conflict, NotFound
from contracts.orders import OrderStatus


class OrderNotFound(NotFound):
    """There is no such order."""

    code = "order_not_found"
    order_id: int


class OrderNotCancellable(Conflict):
    """It is too late to cancel this order."""

    code = "order_not_cancellable"
    order_id: int
    order_status: OrderStatus


class OrderHasRefunds(Conflict):
    """Something of this order was refunded; refund the rest in place of cancelling it."""

    code = "order_has_refunds"
    order_id: int


class OrderNotShippable(Conflict):
    """Only a confirmed order of which nothing is being refunded can be shipped."""

    code = "order_not_shippable"
    order_id: int
    order_status: OrderStatus


class OrderNotDeliverable(Conflict):
    """Only a shipped order can be delivered."""

    code = "order_not_deliverable"
    order_id: int
    order_status: OrderStatus


class OrderNotRefundable(Conflict):
    """In its present state this order cannot be refunded, or not by you."""

    code = "order_not_refundable"
    order_id: int
    order_status: OrderStatus


class RefundExceedsOrder(Conflict):
    """More than is left of this order to refund."""

    code = "refund_exceeds_order"
    order_id: int
    product_id: int
    refundable: int
    """Of its quantity."""


class NothingToRefund(Conflict):
    """All of this order was refunded, or is being refunded."""

    code = "nothing_to_refund"
    order_id: int


class OrderInProgress(Conflict):
    """An order with this Idempotency-Key is being placed right now."""

    code = "order_in_progress"


class IdempotencyKeyReused(Conflict):
    """This Idempotency-Key was used before with another body."""

    code = "idempotency_key_reused"
    http_status: ClassVar[int] = 422


class ReservationLapsed(Conflict):
    """Placing the order took longer than its stock was held. Nothing was ordered."""

    code = "reservation_lapsed"


class OrderOvertaken(Conflict):
    """The order was cancelled while it was being paid."""

    code = "order_overtaken"
    order_id: int
