"""What the tests of the inventory start from."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from django.db import connections

from contracts.inventory import StockLine
from inventory import stock
from inventory.models import MovementKind, Product

NewProduct = Callable[..., Product]

MANY = """
    INSERT INTO inventory_product (sku, name, description, category, price, currency, stock, active)
    SELECT 'M-' || n, md5(n::text), '', 'Category ' || n % 5, n, 'EUR', 0, n % 2 = 0
    FROM generate_series(1, 2000) AS n
"""


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


@pytest.fixture
def many() -> None:
    """Products enough to be worth an index to the planner, whatever it remembers of the table's earlier rows."""
    with connections["inventory"].cursor() as cursor:
        cursor.execute(MANY)
        cursor.execute("ANALYZE inventory_product")
