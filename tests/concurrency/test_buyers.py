"""Many buyers at once, through the whole HTTP stack, on a real PostgreSQL."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from inventory.models import Product
from inventory.services import create_product
from orders.models import Order
from tests.concurrency.buyers import Buyer
from tests.threads import all_at_once

pytestmark = [
    pytest.mark.django_db(databases=["users", "inventory", "orders", "payments"], transaction=True),
    pytest.mark.usefixtures("_ends_sound"),
]

DATABASES = ["inventory", "orders"]


def stock_of(product_id: int) -> int:
    return Product.objects.get(id=product_id).stock


def test_of_200_buyers_exactly_50_get_the_last_50_units() -> None:
    lamp = create_product(name="Lamp", price=2550, stock=50)
    answers = all_at_once(200, lambda number: Buyer(number + 1).places((lamp, 1)), databases=["inventory"])
    assert Counter((answer.status, answer.code) for answer in answers) == {(201, None): 50, (400, "out_of_stock"): 150}
    assert {answer.body["available"] for answer in answers if answer.status == 400} == {0}
    assert (stock_of(lamp), Order.objects.count()) == (0, 50)
    assert len({answer.body["id"] for answer in answers if answer.status == 201}) == 50


def test_buyers_of_several_units_leave_less_than_the_least_of_them_wants() -> None:
    lamp = create_product(name="Lamp", price=2550, stock=50)
    answers = all_at_once(40, lambda number: Buyer(number + 1).places((lamp, 3)), databases=DATABASES)
    assert Counter((answer.status, answer.code) for answer in answers) == {(201, None): 16, (400, "out_of_stock"): 24}
    assert stock_of(lamp) == 2


def test_opposite_orders_of_lines_in_50_threads_do_not_wait_for_each_other() -> None:
    products = [create_product(name=f"Product {number}", price=100, stock=1000) for number in range(6)]

    def buy(number: int) -> list[int]:
        lines = [(product, 1) for product in (products if number % 2 else reversed(products))]
        return [Buyer(number + 1).places(*lines).status for _ in range(3)]

    assert all_at_once(50, buy, databases=DATABASES) == [[201] * 3] * 50
    assert [stock_of(product) for product in products] == [850] * 6


def test_orders_and_cancellations_of_overlapping_products_do_not_wait_for_each_other() -> None:
    products = [create_product(name=f"Product {number}", price=100, stock=1000) for number in range(5)]

    def buy_and_cancel(number: int) -> list[int]:
        chance, buyer, statuses = random.Random(number), Buyer(number + 1), []
        for _ in range(4):
            placed = buyer.places(*((product, 1) for product in chance.sample(products, 3)))
            statuses += [placed.status, buyer.cancels(placed.body["id"]).status]
        return statuses

    assert all_at_once(24, buy_and_cancel, databases=DATABASES) == [[201, 200] * 4] * 24
    assert [stock_of(product) for product in products] == [1000] * 5
