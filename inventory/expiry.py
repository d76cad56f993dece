"""Reservations that ran out: their stock comes back by itself, unless an order stands on it."""

from __future__ import annotations

from datetime import timedelta

from django.db.models.functions import Now

from contracts.inventory import ReservationClosed, ReservationState
from contracts.orders import GetReservationClaims, OrderStatus
from contracts.ports import ports
from inventory import stock
from inventory.models import Reservation

GRACE = timedelta(seconds=60)
"""How long after `expires_at` stock stays held: an order whose insert was under way by then has been committed."""
BATCH = 100


def expire_reservations() -> int:
    """Put back the stock of overdue reservations that no order stands on; returns how many.

    Orders is asked first: a relay that was down may not have told us of an order yet, and its stock must not be sold
    twice. While orders cannot be asked, everything stays held.
    """
    expired = 0
    seen: str | None = None
    while ids := _overdue(after=seen):
        expired += _settle(ids)
        seen = ids[-1]
    return expired


def _overdue(*, after: str | None) -> tuple[str, ...]:
    overdue = Reservation.objects.filter(state=ReservationState.HELD, expires_at__lt=Now() - GRACE)
    if after is not None:
        overdue = overdue.filter(id__gt=after)
    return tuple(str(id) for id in overdue.order_by("id").values_list("id", flat=True)[:BATCH])


def _settle(ids: tuple[str, ...]) -> int:
    claims = ports().orders.get_reservation_claims(GetReservationClaims(reservation_ids=ids)).claims
    status = {claim.reservation_id: claim.status for claim in claims}
    for id in ids:
        if status.get(id) is OrderStatus.CONFIRMED:
            _commit(id)
        elif status.get(id) is OrderStatus.CANCELLED:
            stock.release_reservation(reservation_id=id)
    return stock.expire(reservation_ids=[id for id in ids if id not in status])


def _commit(reservation_id: str) -> None:
    try:
        stock.commit_reservation(reservation_id=reservation_id)
    except ReservationClosed as closed:
        if closed.state is not ReservationState.RELEASED:  # the order may have been cancelled since we asked
            raise
