"""What the orders context promises."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from contracts.base import Contract, rpc
from contracts.errors import Invalid
from contracts.money import Money

MAX_ORDERS: Final = 200
"""Of one request."""


class OrderStatus(StrEnum):
    """pending → confirmed → shipped → delivered; cancelled before it is shipped, refunded where all of it came back."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    REFUNDED = "refunded"


class TooManyOrders(Invalid):
    """More orders than one request may ask for."""

    code = "too_many_orders"
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GetReservationClaims:
    """Which of these reservations does an order stand on?"""

    reservation_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationClaim:
    """`status` is pending, confirmed or cancelled: an order that has gone further stands as a confirmed one does."""

    reservation_id: str
    order_id: int
    status: OrderStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationClaims:
    """One claim for each reservation that has an order; the others are left out."""

    claims: tuple[ReservationClaim, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GetOrders:
    order_ids: tuple[int, ...]
    """At most MAX_ORDERS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryLine:
    product_id: int
    name: str
    quantity: int
    unit_price: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSummary:
    order_id: int
    user_id: int
    status: OrderStatus
    total: Money
    refunded: Money
    lines: tuple[SummaryLine, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSummaries:
    """The orders found, in order of order_id; unknown ids are left out."""

    orders: tuple[OrderSummary, ...]


class OrdersService(Contract, package="shopflow.orders.v1"):
    @rpc(read_only=True, timeout=2.0, callers=("inventory",))
    @abstractmethod
    def get_reservation_claims(self, request: GetReservationClaims) -> ReservationClaims: ...

    @rpc(raises=(TooManyOrders,), read_only=True, timeout=2.0, callers=("payments", "users"))
    @abstractmethod
    def get_orders(self, request: GetOrders) -> OrderSummaries: ...
