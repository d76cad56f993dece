"""The orders' contract, kept by its own selectors."""

from __future__ import annotations

from contracts.orders import GetReservationClaims, OrdersService, ReservationClaims
from orders import selectors


class Orders(OrdersService):
    def get_reservation_claims(self, request: GetReservationClaims) -> ReservationClaims:
        return ReservationClaims(claims=tuple(selectors.reservation_claims(request.reservation_ids)))
