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
