"""What the tests of the inventory start from."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from contracts.inventory import StockLine
from inventory import stock
from inventory.models import MovementKind, Product

NewProduct = Callable[..., Product]


def make_product(*, stock_level: int = 10, price: int = 2550, active: bool = True, **more: object) -> Product:
    """A product whose opening stock is in its ledger, archived afterwards if not `active`."""
    sku = f"T-{uuid.uuid4().hex[:12]}"
    product = Product.objects.create(**{"sku": sku, "name": f"Product {sku}", "price": price, **more})
    if stock_level:
        stock.adjust_stock(product_id=product.pk, delta=stock_level, kind=MovementKind.OPENING)
    Product.objects.filter(pk=product.pk).update(active=active)
    product.refresh_from_db()
    return product


@pytest.fixture
def new_product() -> NewProduct:
    return make_product


def line(product: Product, quantity: int = 1) -> StockLine:
    return StockLine(product_id=product.pk, quantity=quantity)


def reservation_id() -> str:
    return str(uuid.uuid4())
