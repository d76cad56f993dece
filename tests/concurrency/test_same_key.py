"""One Idempotency-Key, many requests at once: one order."""

from __future__ import annotations

from collections import Counter

import pytest

from inventory.models import Product, Reservation
from inventory.services import create_product
from orders.models import Order
from tests.concurrency.buyers import Buyer
from tests.threads import all_at_once

pytestmark = [
    pytest.mark.django_db(databases=["users", "inventory", "orders", "payments"], transaction=True),
    pytest.mark.usefixtures("_ends_sound"),
]

DATABASES = ["inventory", "orders"]


@pytest.fixture
def lamp() -> int:
    return create_product(name="Lamp", price=2550, stock=50)


def test_the_same_request_from_20_threads_is_one_order(lamp: int) -> None:
    answers = all_at_once(20, lambda _: Buyer().places((lamp, 2), key="k"), databases=DATABASES)
    order = Order.objects.get()
    assert {(answer.status, answer.body.get("id")) for answer in answers} == {(201, order.pk)}
    assert all(answer.body == answers[0].body for answer in answers)
    assert (Reservation.objects.count(), Product.objects.get().stock) == (1, 48)


def test_different_bodies_under_one_key_are_one_order_and_otherwise_refused(lamp: int) -> None:
    answers = all_at_once(20, lambda number: Buyer().places((lamp, number + 1), key="k"), databases=DATABASES)
    placed = [answer for answer in answers if answer.status == 201]
    refused = Counter((answer.status, answer.code) for answer in answers if answer.status != 201)
    assert len(placed) == Order.objects.count() == 1
    assert refused == {(422, "idempotency_key_reused"): 19}
    assert Product.objects.get().stock == 50 - placed[0].body["quantity"]


def test_one_key_of_different_users_is_one_order_each(lamp: int) -> None:
    answers = all_at_once(20, lambda number: Buyer(number % 5 + 1).places((lamp, 1), key="k"), databases=DATABASES)
    assert {answer.status for answer in answers} == {201}
    assert sorted(Order.objects.values_list("user_id", flat=True)) == [1, 2, 3, 4, 5]
    assert Product.objects.get().stock == 45


def test_placing_and_cancelling_under_one_key_never_orders_again(lamp: int) -> None:
    """A request that looked before the order was there may find its reservation released already."""

    def place_and_cancel(number: int) -> list[int]:
        buyer = Buyer()
        placed = buyer.places((lamp, 2), key="k")
        return [placed.status, buyer.cancels(placed.body["id"]).status if number % 2 else 0]

    answers = all_at_once(20, place_and_cancel, databases=DATABASES)
    assert {placed for placed, _ in answers} == {201}
    assert Counter(cancelled for _, cancelled in answers) == {0: 10, 200: 1, 409: 9}
    assert (Order.objects.get().status, Product.objects.get().stock) == ("cancelled", 50)
