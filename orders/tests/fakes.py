"""The peers of the orders, as far as their contracts promise: the suite of the inventory runs over its fake too."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from contracts.errors import PeerUnavailable
from contracts.inventory import (
    MAX_LINES,
    CommitReservation,
    GetProducts,
    InvalidReservation,
    InventoryService,
    MixedCurrencies,
    OutOfStock,
    Product,
    ProductNotFound,
    Products,
    ReleaseReservation,
    Reservation,
    ReservationClosed,
    ReservationDiffers,
    ReservationNotFound,
    ReservationState,
    ReservationStatus,
    ReservedLine,
    ReserveStock,
    TooManyProducts,
)
from contracts.money import Money

CLOSED = (ReservationState.RELEASED, ReservationState.EXPIRED)
LONGEST = 7 * 24 * 3600


class FakeInventory(InventoryService):
    """Stock in a dictionary: product 1 is a lamp at 25.50 EUR, 2 a mug at 9 EUR, 3 is priced in USD."""

    def __init__(self) -> None:
        self.stock = {1: 10, 2: 5, 3: 5}
        self.prices = {1: Money(currency="EUR", minor=2550), 2: Money(currency="EUR", minor=900)}
        self.prices[3] = Money(currency="USD", minor=100)
        self.names = {1: "Lamp", 2: "Mug", 3: "Import"}
        self.archived: set[int] = set()
        self.reservations: dict[str, Reservation] = {}
        self.ttl: timedelta | None = None
        self.down = False

    def get_products(self, request: GetProducts) -> Products:
        self._answer()
        if len(request.product_ids) > MAX_LINES:
            raise TooManyProducts(limit=MAX_LINES)
        found = [id for id in sorted(set(request.product_ids)) if id in self.stock]
        return Products(products=tuple(self._product(id) for id in found))

    def get_products_on_sale(self, request: GetProducts) -> Products:
        found = self.get_products(request).products
        return Products(products=tuple(product for product in found if product.active))

    def reserve_stock(self, request: ReserveStock) -> Reservation:
        wanted = _quantities(request)
        if earlier := self.reservations.get(request.reservation_id):
            if {line.product_id: line.quantity for line in earlier.lines} != wanted:
                raise ReservationDiffers(reservation_id=request.reservation_id)
            if earlier.state in CLOSED:
                raise ReservationClosed(reservation_id=request.reservation_id, state=earlier.state)
            return earlier
        for id in wanted:
            if id not in self.stock or id in self.archived:
                raise ProductNotFound(product_id=id)
        for id, quantity in wanted.items():
            if self.stock[id] < quantity:
                raise OutOfStock(product_id=id, requested=quantity, available=self.stock[id])
        currencies = sorted({self.prices[id].currency for id in wanted})
        if len(currencies) > 1:
            raise MixedCurrencies(currencies=",".join(currencies))
        return self._held(request, wanted)

    def commit_reservation(self, request: CommitReservation) -> ReservationStatus:
        held = self._reservation(request.reservation_id)
        if held.state in CLOSED:
            raise ReservationClosed(reservation_id=request.reservation_id, state=held.state)
        return self._move(held, ReservationState.COMMITTED)

    def release_reservation(self, request: ReleaseReservation) -> ReservationStatus:
        self._answer()
        held = self._reservation(request.reservation_id)
        if held.state in CLOSED:
            return ReservationStatus(reservation_id=request.reservation_id, state=held.state)
        self._give_back(held)
        return self._move(held, ReservationState.RELEASED)

    def expire(self, reservation_id: str) -> None:
        held = self.reservations.get(reservation_id)
        if held is not None and held.state is ReservationState.HELD:
            self._give_back(held)
            self._move(held, ReservationState.EXPIRED)

    def _answer(self) -> None:
        if self.down:
            raise PeerUnavailable(peer="inventory")

    def _reservation(self, reservation_id: str) -> Reservation:
        if reservation_id not in self.reservations:
            raise ReservationNotFound(reservation_id=reservation_id)
        return self.reservations[reservation_id]

    def _held(self, request: ReserveStock, wanted: Mapping[int, int]) -> Reservation:
        for id, quantity in wanted.items():
            self.stock[id] -= quantity
        self.reservations[request.reservation_id] = Reservation(
            reservation_id=request.reservation_id,
            state=ReservationState.HELD,
            expires_at=datetime.now(UTC) + (self.ttl or timedelta(seconds=request.ttl_seconds)),
            lines=tuple(
                ReservedLine(product_id=id, quantity=quantity, name=self.names[id], unit_price=self.prices[id])
                for id, quantity in wanted.items()
            ),
        )
        return self.reservations[request.reservation_id]

    def _give_back(self, held: Reservation) -> None:
        for line in held.lines:
            self.stock[line.product_id] += line.quantity

    def _move(self, held: Reservation, state: ReservationState) -> ReservationStatus:
        self.reservations[held.reservation_id] = replace(held, state=state)
        return ReservationStatus(reservation_id=held.reservation_id, state=state)

    def _product(self, id: int) -> Product:
        return Product(
            product_id=id,
            sku=f"SKU-{id}",
            name=self.names[id],
            description="",
            category="home",
            price=self.prices[id],
            stock=self.stock[id],
            active=id not in self.archived,
        )


def _quantities(request: ReserveStock) -> dict[int, int]:
    wanted: Counter[int] = Counter()
    for line in request.lines:
        wanted[line.product_id] += line.quantity
    if not _canonical(request.reservation_id):
        raise InvalidReservation(field="reservation_id", reason="It must be a UUID.")
    if not request.lines:
        raise InvalidReservation(field="lines", reason="At least one line is needed.")
    if any(line.quantity < 1 for line in request.lines):
        raise InvalidReservation(field="lines", reason="Each quantity must be at least 1.")
    if not 1 <= request.ttl_seconds <= LONGEST:
        raise InvalidReservation(field="ttl_seconds", reason="It must be at least 1 and at most a week.")
    if max(wanted.values()) >= 2**63:
        raise InvalidReservation(field="lines", reason="More than can be counted.")
    return dict(sorted(wanted.items()))


def _canonical(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
