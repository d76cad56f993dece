"""What the tests of the orders start from: two fakes of the peers, kept honest by the contract suites."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from contracts.errors import PeerUnavailable
from contracts.inventory import (
    CommitReservation,
    GetProducts,
    InventoryService,
    OutOfStock,
    Product,
    ProductNotFound,
    Products,
    ReleaseReservation,
    Reservation,
    ReservationClosed,
    ReservationDiffers,
    ReservationState,
    ReservationStatus,
    ReservedLine,
    ReserveStock,
)
from contracts.money import Money
from contracts.payments import Charge, Payment, PaymentDeclined, PaymentsService
from contracts.ports import Ports, ports, using


class FakeInventory(InventoryService):
    """Stock in a dictionary: product 1 is a lamp at 25.50 EUR, 2 a mug at 9 EUR, 3 is priced in USD."""

    def __init__(self) -> None:
        self.stock = {1: 10, 2: 5, 3: 5}
        self.prices = {1: Money(currency="EUR", minor=2550), 2: Money(currency="EUR", minor=900)}
        self.prices[3] = Money(currency="USD", minor=100)
        self.names = {1: "Lamp", 2: "Mug", 3: "Import"}
        self.reservations: dict[str, Reservation] = {}
        self.ttl = timedelta(seconds=900)
        self.down = False

    def get_products(self, request: GetProducts) -> Products:
        if self.down:
            raise PeerUnavailable(peer="inventory")
        found = [id for id in sorted(set(request.product_ids)) if id in self.stock]
        return Products(products=tuple(self._product(id) for id in found))

    def reserve_stock(self, request: ReserveStock) -> Reservation:
        wanted = {line.product_id: line.quantity for line in request.lines}
        if earlier := self.reservations.get(request.reservation_id):
            if {line.product_id: line.quantity for line in earlier.lines} != wanted:
                raise ReservationDiffers(reservation_id=request.reservation_id)
            if earlier.state in (ReservationState.RELEASED, ReservationState.EXPIRED):
                raise ReservationClosed(reservation_id=request.reservation_id, state=earlier.state)
            return earlier
        for id, quantity in wanted.items():
            if id not in self.stock:
                raise ProductNotFound(product_id=id)
            if self.stock[id] < quantity:
                raise OutOfStock(product_id=id, requested=quantity, available=self.stock[id])
        return self._held(request.reservation_id, wanted)

    def commit_reservation(self, request: CommitReservation) -> ReservationStatus:
        return self._close(request.reservation_id, ReservationState.COMMITTED)

    def release_reservation(self, request: ReleaseReservation) -> ReservationStatus:
        if self.down:
            raise PeerUnavailable(peer="inventory")
        held = self.reservations[request.reservation_id]
        if held.state in (ReservationState.HELD, ReservationState.COMMITTED):
            for line in held.lines:
                self.stock[line.product_id] += line.quantity
        return self._close(request.reservation_id, ReservationState.RELEASED)

    def expire(self, reservation_id: str) -> None:
        self.release_reservation(ReleaseReservation(reservation_id=reservation_id))
        self._close(reservation_id, ReservationState.EXPIRED)

    def _held(self, reservation_id: str, wanted: dict[int, int]) -> Reservation:
        for id, quantity in wanted.items():
            self.stock[id] -= quantity
        self.reservations[reservation_id] = Reservation(
            reservation_id=reservation_id,
            state=ReservationState.HELD,
            expires_at=datetime.now(UTC) + self.ttl,
            lines=tuple(
                ReservedLine(product_id=id, quantity=quantity, name=self.names[id], unit_price=self.prices[id])
                for id, quantity in sorted(wanted.items())
            ),
        )
        return self.reservations[reservation_id]

    def _close(self, reservation_id: str, state: ReservationState) -> ReservationStatus:
        self.reservations[reservation_id] = replace(self.reservations[reservation_id], state=state)
        return ReservationStatus(reservation_id=reservation_id, state=state)

    def _product(self, id: int) -> Product:
        return Product(
            product_id=id,
            sku=f"SKU-{id}",
            name=self.names[id],
            description="",
            category="home",
            price=self.prices[id],
            stock=self.stock[id],
            active=True,
        )


class FakePayments(PaymentsService):
    def __init__(self) -> None:
        self.charges: list[Charge] = []

    def charge(self, request: Charge) -> Payment:
        self.charges.append(request)
        if request.payment_method == "declined":
            raise PaymentDeclined(order_id=request.order_id, reason="declined")
        return Payment(payment_id=str(uuid.uuid4()), order_id=request.order_id, amount=request.amount)


@pytest.fixture
def inventory() -> Iterator[FakeInventory]:
    fake = FakeInventory()
    real = ports()
    with using(Ports(users=real.users, orders=real.orders, payments=FakePayments(), inventory=fake)):
        yield fake


@pytest.fixture
def payments(inventory: FakeInventory) -> FakePayments:
    fake = ports().payments
    assert isinstance(fake, FakePayments)
    return fake
