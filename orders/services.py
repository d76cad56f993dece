"""Use cases of the orders: place, cancel, ship, deliver."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.inventory import Reservation, StockLine
from contracts.orders import OrderStatus
from contracts.payments import PaymentDeclined
from orders import moves, payment, refund_selectors, selectors, steps
from orders.errors import (
    IdempotencyKeyReused,
    OrderHasRefunds,
    OrderNotCancellable,
    OrderNotDeliverable,
    OrderNotShippable,
    ReservationLapsed,
)
from orders.idempotency import fingerprint_of, reserve
from orders.releases import call_off_soon, release_soon
from orders.selectors import OrderDetails


def place_order(
    *, user_id: int, lines: Sequence[StockLine], key: str | None = None, payment_method: str = ""
) -> OrderDetails:
    """Sell the lines to the user, all or none. With a `key`, repeating the call gives the order of the first one.

    The stock is reserved first and the order inserted next, each in one statement with its own commit; what is to be
    paid is charged last. Whatever dies in between leaves a reservation that expires by itself, or a pending order that
    the recovery or a repeated call takes up.
    """
    fingerprint = fingerprint_of(lines, payment_method or None)
    reservation = reserve(user_id=user_id, lines=lines, key=key)
    if isinstance(reservation, OrderDetails):
        return _first_answer(reservation, fingerprint)
    with steps.INSERT:
        order = moves.insert_order(
            user_id=user_id, reservation=reservation, key=key, fingerprint=fingerprint, payment_method=payment_method
        )
    if order is None:
        return _already_placed(user_id, key, fingerprint, reservation)
    return order if order.status is OrderStatus.CONFIRMED else payment.settle(order)


def cancel_order(*, order_id: int, user_id: int | None, actor_id: int | None = None) -> OrderDetails:
    """Cancel the user's own order, or as staff without a `user_id`; its stock and its money go back, once.

    `actor_id` here and below: the member of staff who does it, for the order's history.
    """
    order = selectors.get_order(order_id=order_id, user_id=user_id)
    with steps.CANCEL:
        cancelled = moves.cancel(order, actor_id=actor_id, reason="staff" if user_id is None else "customer")
    if cancelled is None:
        raise _why_not_cancelled(order_id)
    release_soon(order.reservation_id)
    call_off_soon(order)
    return cancelled


def ship_order(*, order_id: int, tracking: str = "", actor_id: int | None = None) -> OrderDetails:
    """By staff: it is on its way to the customer."""
    order = selectors.get_order(order_id=order_id, user_id=None)
    shipped = moves.ship(order, tracking=tracking, actor_id=actor_id)
    if shipped is None:
        now = selectors.get_order(order_id=order_id, user_id=None)
        raise OrderNotShippable(order_id=order_id, order_status=now.status)
    return shipped


def deliver_order(*, order_id: int, actor_id: int | None = None) -> OrderDetails:
    """By staff: the customer has it."""
    order = selectors.get_order(order_id=order_id, user_id=None)
    delivered = moves.deliver(order, actor_id=actor_id)
    if delivered is None:
        now = selectors.get_order(order_id=order_id, user_id=None)
        raise OrderNotDeliverable(order_id=order_id, order_status=now.status)
    return delivered


def _why_not_cancelled(order_id: int) -> OrderNotCancellable | OrderHasRefunds:
    now = selectors.get_order(order_id=order_id, user_id=None)
    if now.status is OrderStatus.CONFIRMED and refund_selectors.has_refunds(order_id=order_id):
        return OrderHasRefunds(order_id=order_id)
    return OrderNotCancellable(order_id=order_id, order_status=now.status)


def _first_answer(earlier: OrderDetails, fingerprint: str) -> OrderDetails:
    """What the first request with this key was answered, or would have been had it not died on its way."""
    if earlier.fingerprint != fingerprint:
        raise IdempotencyKeyReused
    if earlier.status is OrderStatus.PENDING:
        return payment.settle(earlier, repeated=True)
    if earlier.status is OrderStatus.CANCELLED and (reason := selectors.decline_reason(order_id=earlier.id)):
        raise PaymentDeclined(order_id=earlier.id, reason=reason)
    return earlier


def _already_placed(user_id: int, key: str | None, fingerprint: str, reservation: Reservation) -> OrderDetails:
    """Why nothing was inserted: the key has its order already, or the reservation has run out.

    One that has run out is left to its expiry, which asks again after a while: another request with this key may be
    inserting its order at this very moment.
    """
    earlier = selectors.find_by_reservation(reservation_id=reservation.reservation_id)
    if earlier is None and key is not None:
        earlier = selectors.find_by_key(user_id=user_id, key=key)
    if earlier is None:
        raise ReservationLapsed
    if earlier.reservation_id != reservation.reservation_id:
        release_soon(reservation.reservation_id)
    return _first_answer(earlier, fingerprint)
