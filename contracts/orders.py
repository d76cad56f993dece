"""What the orders context promises."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from enum import StrEnum

from contracts.base import Contract, rpc


class OrderStatus(StrEnum):
    PENDING = "pending"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class GetReservationClaims:
    """Which of these reservations does an order stand on?"""

    reservation_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationClaim:
    reservation_id: str
    order_id: int
    status: OrderStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationClaims:
    """One claim for each reservation that has an order; the others are left out."""

    claims: tuple[ReservationClaim, ...]


class OrdersService(Contract, package="shopflow.orders.v1"):
    @rpc(read_only=True, timeout=2.0, callers=("inventory",))
    @abstractmethod
    def get_reservation_claims(self, request: GetReservationClaims) -> ReservationClaims: ...
