"""What the suite of the inventory needs around the contract: products, and time that passes."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, Protocol

from django.db.models.functions import Now

from contracts.inventory import GetProducts, InventoryService
from contracts.money import Money
from inventory import expiry, services
from inventory.models import Reservation
from orders.tests.fakes import FakeInventory

FAKE: Final = "fake"
PRICE: Final = 2550


class Stage(Protocol):
    """`service` is what is tested; the rest is what no contract offers."""

    service: InventoryService

    def product(self, *, stock: int, currency: str = "EUR") -> int:
        """A new product at 25.50, named after its stock; gives its id."""

    def archive(self, product_id: int) -> None: ...

    def expire(self, reservation_id: str) -> None:
        """As if its time had run out with no order standing on it."""


class RealStage:
    def __init__(self, service: InventoryService) -> None:
        self.service = service

    def product(self, *, stock: int, currency: str = "EUR") -> int:
        return services.create_product(name=f"{stock} lamps", price=PRICE, stock=stock, currency=currency)

    def archive(self, product_id: int) -> None:
        services.archive_product(product_id=product_id)

    def expire(self, reservation_id: str) -> None:
        long_ago = Now() - expiry.GRACE - timedelta(seconds=1)
        Reservation.objects.filter(id=reservation_id).update(expires_at=long_ago)
        expiry.expire_reservations()


class FakeStage:
    def __init__(self) -> None:
        self.service: InventoryService = FakeInventory()
        assert isinstance(self.service, FakeInventory)
        self.fake = self.service

    def product(self, *, stock: int, currency: str = "EUR") -> int:
        id = max(self.fake.stock) + 1
        self.fake.stock[id], self.fake.names[id] = stock, f"{stock} lamps"
        self.fake.prices[id] = Money(currency=currency, minor=PRICE)
        return id

    def archive(self, product_id: int) -> None:
        self.fake.archived.add(product_id)

    def expire(self, reservation_id: str) -> None:
        self.fake.expire(reservation_id)


def stock_of(stage: Stage, product_id: int) -> int:
    (product,) = stage.service.get_products(GetProducts(product_ids=(product_id,))).products
    return product.stock
