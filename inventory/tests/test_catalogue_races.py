"""Many members of staff at once, with real threads on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db.models import Sum

from inventory import services
from inventory.demo import demo_products
from inventory.errors import SkuTaken, StockWouldGoNegative
from inventory.models import MovementKind, Product
from inventory.stock import adjust_stock
from inventory.tests.conftest import make_product
from tests.threads import all_at_once

pytestmark = pytest.mark.django_db(databases=["inventory"], transaction=True)

THREADS = 20


def outcomes(act: Callable[[int], object]) -> list[object]:
    """What each thread answered, or the refusal that it met."""

    def run(number: int) -> object:
        try:
            return act(number)
        except (SkuTaken, StockWouldGoNegative) as refused:
            return type(refused)

    return all_at_once(THREADS, run, databases=["inventory"])


def in_ledger(product: Product) -> int:
    return int(product.movements.aggregate(sum=Sum("delta"))["sum"])


def test_every_adjustment_counts() -> None:
    product = make_product(stock_level=100)
    outcomes(lambda n: adjust_stock(product_id=product.pk, delta=n + 1, kind=MovementKind.ADJUSTMENT))
    product.refresh_from_db()
    assert product.stock == in_ledger(product) == 100 + sum(range(1, THREADS + 1))


def test_no_more_is_taken_than_is_left() -> None:
    product = make_product(stock_level=7)
    answers = outcomes(lambda _: adjust_stock(product_id=product.pk, delta=-1, kind=MovementKind.ADJUSTMENT))
    product.refresh_from_db()
    assert product.stock == in_ledger(product) == 0
    assert answers.count(StockWouldGoNegative) == THREADS - 7


def test_changing_a_product_never_loses_stock() -> None:
    product = make_product(stock_level=100)

    def act(number: int) -> None:
        if number % 2:
            services.update_product(product_id=product.pk, name=f"Name {number}")
        else:
            adjust_stock(product_id=product.pk, delta=-1, kind=MovementKind.ADJUSTMENT)

    outcomes(act)
    product.refresh_from_db()
    assert product.stock == in_ledger(product) == 100 - THREADS // 2


def test_one_sku_goes_to_one_product() -> None:
    answers = outcomes(lambda n: services.create_product(name=f"Lamp {n}", price=1, stock=1, sku="LAMP-1"))
    assert answers.count(SkuTaken) == THREADS - 1
    assert Product.objects.get().stock == in_ledger(Product.objects.get()) == 1


def test_a_catalogue_is_seeded_once() -> None:
    answers = outcomes(lambda _: services.seed_catalogue(products=demo_products()[:5]))
    assert sorted(answers, key=str) == [0] * (THREADS - 1) + [5]
    assert Product.objects.count() == 5
