"""Use cases of the orders: place and cancel."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.inventory import Reservation, StockLine
from contracts.orders import OrderStatus
from orders import moves, payment, selectors
from orders.errors import (
    IdempotencyKeyReused,
    OrderInProgress,
    OrderNotCancellable,
    ReservationLapsed,
)
from orders.idempotency import fingerprint_of, reserve
from orders.releases import release_soon
from orders.selectors import OrderDetails


def place_order(
    *, user_id: int, lines: Sequence[StockLine], key: str | None = None, payment_method: str | None = None
) -> OrderDetails:
    """Sell the lines to the user, all or none. With a `key`, repeating the call gives the order of the first one.

    The stock is reserved first and the order inserted next, each in one statement with its own commit. Whatever dies
    in between leaves a reservation that expires by itself.
    """
    fingerprint = fingerprint_of(lines, payment_method)
    reservation = reserve(user_id=user_id, lines=lines, key=key)
    if isinstance(reservation, OrderDetails):
        return _first_answer(reservation, fingerprint)
    order = moves.insert_order(
        user_id=user_id,
        status=OrderStatus.CONFIRMED if payment_method is None else OrderStatus.PENDING,
        reservation=reservation,
        key=key,
        fingerprint=fingerprint,
    )
    if order is None:
        return _already_placed(user_id, key, fingerprint, reservation)
    return order if payment_method is None else payment.settle(order, payment_method)


def cancel_order(*, order_id: int, user_id: int) -> OrderDetails:
    """Cancel the user's own order; its stock goes back, once."""
    order = selectors.get_order(order_id=order_id, user_id=user_id)
    if not moves.cancel(order):
        now = selectors.get_order(order_id=order_id, user_id=user_id)
        raise OrderNotCancellable(order_id=order_id, order_status=now.status)
    release_soon(order.reservation_id)
    return selectors.get_order(order_id=order_id, user_id=user_id)


def _first_answer(earlier: OrderDetails, fingerprint: str) -> OrderDetails:
    if earlier.fingerprint != fingerprint:
        raise IdempotencyKeyReused
    if earlier.status is OrderStatus.PENDING:
        raise OrderInProgress
    return earlier


def _already_placed(user_id: int, key: str | None, fingerprint: str, reservation: Reservation) -> OrderDetails:
    """Why nothing was inserted: the key has its order already, or the reservation has run out.

    One that has run out is left to its expiry, which asks again after a while: another request with this key may be
    inserting its order at this very moment.
    """
    earlier = selectors.find_by_reservation(reservation_id=reservation.reservation_id)
    if earlier is None and key is not None and (earlier := selectors.find_by_key(user_id=user_id, key=key)):
        release_soon(reservation.reservation_id)
    if earlier is None:
        raise ReservationLapsed
    return _first_answer(earlier, fingerprint)
