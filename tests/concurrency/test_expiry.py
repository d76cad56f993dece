"""Reservations that run out while somebody still works with them: nothing is sold twice, nothing is lost."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from contracts.errors import ContractError
from contracts.inventory import StockLine
from inventory.expiry import GRACE, expire_reservations
from inventory.models import Product, Reservation
from inventory.services import create_product
from inventory.stock import commit_reservation, reserve_stock
from orders.idempotency import reserve
from orders.models import Order
from tests.concurrency.buyers import Buyer
from tests.concurrency.conftest import deliver_everything
from tests.threads import all_at_once

pytestmark = [
    pytest.mark.django_db(databases=["users", "inventory", "orders", "payments"], transaction=True),
    pytest.mark.usefixtures("_ends_sound"),
]

DATABASES = ["inventory", "orders"]


@pytest.fixture
def lamp() -> int:
    return create_product(name="Lamp", price=2550, stock=50)


def all_overdue() -> None:
    Reservation.objects.update(expires_at=Now() - GRACE - timedelta(seconds=1))


def test_an_order_whose_news_are_late_keeps_its_stock_however_many_expire_it(lamp: int) -> None:
    orders = [Buyer().places((lamp, 1)).body["id"] for _ in range(10)]
    all_overdue()

    def act(number: int) -> None:
        if number % 3 == 0:
            expire_reservations()
        elif number % 3 == 1:
            deliver_everything_that_can_be()
        else:
            Buyer().cancels(orders[number % 10])

    all_at_once(12, act, databases=DATABASES)
    deliver_everything()
    kept = Order.objects.filter(status="confirmed").count()
    assert 0 < kept < 10
    assert Product.objects.get().stock == 50 - kept
    assert Reservation.objects.filter(state="committed").count() == kept


def deliver_everything_that_can_be() -> None:
    """Like `deliver_everything`, where another thread may be delivering some of it right now."""
    try:
        deliver_everything()
    except AssertionError:
        return


def test_committing_against_expiry_ends_in_one_of_the_two(lamp: int) -> None:
    ids = [f"00000000-0000-4000-8000-{number:012}" for number in range(8)]
    for id in ids:
        reserve_stock(reservation_id=id, lines=[StockLine(product_id=lamp, quantity=1)], ttl_seconds=900)
    all_overdue()

    def act(number: int) -> Counter[str]:
        if number % 2:
            return Counter({"expired": expire_reservations()})
        return Counter(_committed(id) for id in ids)

    told = sum(all_at_once(8, act, databases=DATABASES), Counter())
    states = Counter(Reservation.objects.values_list("state", flat=True))
    assert states.total() == len(ids)
    assert set(states) <= {"committed", "expired"}
    assert told["expired"] == states["expired"]
    assert told["committed"] >= states["committed"]
    assert Product.objects.get().stock == 50 - states["committed"]
    Reservation.objects.filter(state="committed").update(state="held")  # no order stands on them: back to a sound shop
    all_overdue()
    expire_reservations()


def _committed(id: str) -> str:
    try:
        return commit_reservation(reservation_id=id).value
    except ContractError as error:
        return error.code


def test_a_request_that_died_is_repeated_while_its_stock_expires(lamp: int) -> None:
    reserve(user_id=7, lines=[StockLine(product_id=lamp, quantity=2)], key="k")
    all_overdue()

    def act(number: int) -> tuple[int, str | None]:
        if number % 4 == 0:
            expire_reservations()
        answer = Buyer().places((lamp, 2), key="k")
        return answer.status, answer.code

    answers = Counter(all_at_once(16, act, databases=DATABASES))
    assert set(answers) <= {(201, None), (409, "reservation_lapsed")}
    assert Buyer().places((lamp, 2), key="k").status == 201
    assert (Order.objects.count(), Product.objects.get().stock) == (1, 48)
