"""What the inventory context promises."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from contracts.base import Contract, rpc
from contracts.errors import Conflict, Invalid, NotFound, Precondition
from contracts.money import Money

MAX_LINES: Final = 50
"""Of an order. Nobody needs more products at once."""


class ProductNotFound(NotFound):
    """There is no such product."""

    code = "product_not_found"
    product_id: int


class TooManyProducts(Invalid):
    """More products than one request may ask for."""

    code = "too_many_products"
    limit: int


class OutOfStock(Precondition):
    """Not enough stock."""

    code = "out_of_stock"
    product_id: int
    requested: int
    available: int


class MixedCurrencies(Invalid):
    """All products of an order must be sold in one currency."""

    code = "mixed_currencies"
    currencies: str
    """With commas between."""


class InvalidReservation(Invalid):
    """The reservation cannot be made as it was asked for."""

    code = "invalid_reservation"
    field: str
    reason: str


class ReservationNotFound(NotFound):
    """There is no such reservation."""

    code = "reservation_not_found"
    reservation_id: str


class ReservationDiffers(Conflict):
    """This reservation exists with other lines."""

    code = "reservation_differs"
    reservation_id: str


class ReservationClosed(Conflict):
    """This reservation holds no stock any more."""

    code = "reservation_closed"
    reservation_id: str
    state: ReservationState


class ReservationState(StrEnum):
    HELD = "held"
    COMMITTED = "committed"
    RELEASED = "released"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLine:
    product_id: int
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveStock:
    """Hold stock for an order until `expires_at`. All lines or none."""

    reservation_id: str
    """A UUID in its canonical form, chosen by the caller: the call can be repeated safely."""
    lines: tuple[StockLine, ...]
    """Lines of one product are added up."""
    ttl_seconds: int = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservedLine:
    """What was held of one product, at the name and price it had then."""

    product_id: int
    quantity: int
    name: str
    unit_price: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    reservation_id: str
    state: ReservationState
    expires_at: datetime
    lines: tuple[ReservedLine, ...]
    """In order of product_id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitReservation:
    """Make it final: the stock is sold and will not come back by expiry."""

    reservation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseReservation:
    """Put the stock back, exactly once, whether it was held or committed."""

    reservation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationStatus:
    reservation_id: str
    state: ReservationState


@dataclass(frozen=True, slots=True, kw_only=True)
class GetProducts:
    product_ids: tuple[int, ...]
    """At most MAX_LINES, however often one is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    product_id: int
    sku: str
    name: str
    description: str
    category: str
    price: Money
    stock: int
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Products:
    """The products found, in order of product_id; unknown ids are left out."""

    products: tuple[Product, ...]


class InventoryService(Contract, package="shopflow.inventory.v1"):
    @rpc(raises=(TooManyProducts,), read_only=True, timeout=1.0, callers=("orders",))
    @abstractmethod
    def get_products(self, request: GetProducts) -> Products:
        """Archived ones too: an order may stand on them."""

    @rpc(raises=(TooManyProducts,), read_only=True, timeout=1.0, callers=("gateway",))
    @abstractmethod
    def get_products_on_sale(self, request: GetProducts) -> Products: ...

    @rpc(
        raises=(
            InvalidReservation,
            ProductNotFound,
            OutOfStock,
            MixedCurrencies,
            ReservationDiffers,
            ReservationClosed,
        ),
        idempotent=True,
        timeout=2.0,
        callers=("orders",),
    )
    @abstractmethod
    def reserve_stock(self, request: ReserveStock) -> Reservation: ...

    @rpc(raises=(ReservationNotFound, ReservationClosed), idempotent=True, timeout=2.0, callers=("orders",))
    @abstractmethod
    def commit_reservation(self, request: CommitReservation) -> ReservationStatus: ...

    @rpc(raises=(ReservationNotFound,), idempotent=True, timeout=2.0, callers=("orders",))
    @abstractmethod
    def release_reservation(self, request: ReleaseReservation) -> ReservationStatus: ...
