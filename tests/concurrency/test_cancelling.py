"""Cancelling against whatever else happens to the order at that moment: its stock goes back once."""

from __future__ import annotations

import logging
import threading
from collections import Counter

import pytest

from inventory.models import Product, Reservation
from inventory.services import create_product
from orders.models import Order
from shopflow import wiring
from tests.concurrency.buyers import Buyer
from tests.threads import all_at_once

pytestmark = [
    pytest.mark.django_db(databases=["users", "inventory", "orders", "payments"], transaction=True),
    pytest.mark.usefixtures("_ends_sound"),
]

DATABASES = ["inventory", "orders"]


def test_an_order_cancelled_from_20_threads_is_cancelled_once() -> None:
    lamp = create_product(name="Lamp", price=2550, stock=50)
    order = Buyer().places((lamp, 3)).body["id"]
    answers = all_at_once(20, lambda _: Buyer().cancels(order), databases=DATABASES)
    assert Counter((answer.status, answer.code) for answer in answers) == {
        (200, None): 1,
        (409, "order_not_cancellable"): 19,
    }
    assert Product.objects.get().stock == 50


def test_cancelling_while_the_relay_confirms_deadlocks_nobody(caplog: pytest.LogCaptureFixture) -> None:
    """The relay delivers what was confirmed and what was cancelled, while more is placed and cancelled."""
    products = [create_product(name=f"Product {number}", price=100, stock=10_000) for number in range(4)]
    runners = [wiring.runner() for _ in range(2)]
    relays = [threading.Thread(target=runner.run) for runner in runners]

    def place_and_cancel(number: int) -> list[int]:
        buyer, statuses = Buyer(number + 1), []
        for turn in range(12):
            lines = [(product, 1) for product in (products if (number + turn) % 2 else products[::-1])]
            placed = buyer.places(*lines[: 1 + turn % 4])
            statuses += [placed.status, buyer.cancels(placed.body["id"]).status]
        return statuses

    for relay in relays:
        relay.start()
    try:
        answers = all_at_once(12, place_and_cancel, databases=DATABASES)
    finally:
        for runner, relay in zip(runners, relays, strict=True):
            runner.stop()
            relay.join(30)
    assert answers == [[201, 200] * 12] * 12
    assert set(Order.objects.values_list("status", flat=True)) == {"cancelled"}
    assert set(Reservation.objects.values_list("state", flat=True)) == {"released"}
    assert set(Product.objects.values_list("stock", flat=True)) == {10_000}
    warned = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [record.getMessage() for record in warned if not record.name.startswith("users.notifications")] == []
    # These buyers have no accounts that an e-mail could go to.
