"""Errors of the orders that cross no contract."""

from __future__ import annotations

from typing import ClassVar

from contracts.errors import Conflict, Invalid, NotFound
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


class MixedCurrencies(Invalid):
    """All products of an order must be sold in one currency."""

    code = "mixed_currencies"
    currencies: tuple[str, ...]


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
