"""What is entered with a key counts once, however often it arrives."""

from __future__ import annotations

import uuid

import pytest

from inventory.errors import AlreadyMoved, StockWouldGoNegative
from inventory.models import MovementKind, Product
from inventory.stock import adjust_stock
from inventory.tests.conftest import make_product
from shopflow.messaging.models import OutboxEvent
from tests.threads import all_at_once

pytestmark = pytest.mark.django_db(databases=["inventory"], transaction=True)


def take_two(product: Product, key: uuid.UUID | None) -> int | AlreadyMoved:
    try:
        return adjust_stock(product_id=product.pk, delta=-2, kind=MovementKind.ADJUSTMENT, key=key)
    except AlreadyMoved as moved:
        return moved


def told(product: Product) -> int:
    events = OutboxEvent.objects.using("inventory").filter(type="stock.adjusted")
    return events.filter(aggregate_id=f"product:{product.pk}").count()


def test_at_once_with_one_key_one_counts_and_the_others_hear_what_it_did() -> None:
    product, key = make_product(stock_level=10), uuid.uuid4()
    answers = all_at_once(8, lambda _: take_two(product, key), databases=["inventory"])
    product.refresh_from_db()
    assert (product.stock, product.movements.filter(key=key).count(), told(product)) == (8, 1, 2)
    assert answers.count(8) == 1
    assert answers.count(AlreadyMoved(product_id=product.pk, delta=-2)) == 7


def test_without_a_key_each_counts() -> None:
    product = make_product(stock_level=10)
    answers = all_at_once(4, lambda _: take_two(product, None), databases=["inventory"])
    product.refresh_from_db()
    assert (product.stock, sorted(map(str, answers)), told(product)) == (2, ["2", "4", "6", "8"], 5)


def test_a_repetition_that_the_stock_no_longer_allows_hears_that_it_was_counted() -> None:
    product, key = make_product(stock_level=2), uuid.uuid4()
    assert take_two(product, key) == 0
    assert take_two(product, key) == AlreadyMoved(product_id=product.pk, delta=-2)


def test_a_refused_key_can_be_used_again() -> None:
    product, key = make_product(stock_level=1), uuid.uuid4()
    with pytest.raises(StockWouldGoNegative):
        take_two(product, key)
    adjust_stock(product_id=product.pk, delta=5, kind=MovementKind.DELIVERY)
    assert take_two(product, key) == 4
