"""Paying, cancelling and refunding from all sides, every context real: money and stock end where they must."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from inventory.models import Product
from inventory.services import create_product
from orders.models import Order
from orders.recovery import recover_orders
from payments.models import PaymentIntent, SimulatedEntry
from tests.concurrency.buyers import Buyer
from tests.concurrency.conftest import CONTEXTS, deliver_everything
from tests.threads import all_at_once

pytestmark = [
    pytest.mark.django_db(databases=CONTEXTS, transaction=True),
    pytest.mark.usefixtures("_ends_sound"),
]

DATABASES = ["inventory", "orders", "payments"]


@pytest.fixture(autouse=True)
def _impatient(settings: Any) -> None:
    settings.PROVIDER_SECONDS, settings.RECOVERY_SECONDS = 1, 1


@pytest.fixture
def lamp() -> int:
    return create_product(name="Lamp", price=2550, stock=100)


def taken() -> int:
    """In minor units, by the provider's own ledger."""
    entries = SimulatedEntry.objects.values_list("kind", "amount")
    return sum({"capture": amount, "refund": -amount}.get(kind, 0) for kind, amount in entries)


def test_one_key_from_50_clients_is_one_order_and_one_charge_though_nobody_is_answered(lamp: int) -> None:
    def place(_: int) -> Any:
        return Buyer().places((lamp, 2), key="k", payment_method="pm_timeout")

    answers = all_at_once(50, place, databases=DATABASES)
    assert {answer.status for answer in answers} <= {201, 202, 409}
    assert {answer.code for answer in answers if answer.status == 409} <= {"order_in_progress"}
    last = place(0)
    assert (last.status, last.body["status"]) == (201, "confirmed")
    assert (Order.objects.count(), Product.objects.get().stock) == (1, 98)
    assert (SimulatedEntry.objects.filter(kind="capture").count(), taken()) == (1, 5100)


def test_each_method_ends_paid_or_without_charge(lamp: int) -> None:
    methods = ["pm_ok", "pm_declined", "pm_flaky", "pm_timeout", "pm_requires_action", "pm_unknown"]

    def place(number: int) -> Any:
        return Buyer(number + 1).places((lamp, 1), payment_method=methods[number % len(methods)])

    answers = all_at_once(12, place, databases=DATABASES)
    assert Counter(answer.status for answer in answers[1::6] + answers[5::6]) == {402: 4}
    assert {answer.body["next_action"]["kind"] for answer in answers[4::6]} == {"redirect"}
    Order.objects.update(created_at="2026-01-01T00:00:00Z", recover_at=None)
    recover_orders()
    deliver_everything()
    by_method = Counter(Order.objects.values_list("payment_method", "status"))
    paid = dict.fromkeys([("pm_ok", "confirmed"), ("pm_flaky", "confirmed"), ("pm_timeout", "confirmed")], 2)
    not_paid = dict.fromkeys(
        [(method, "cancelled") for method in ("pm_declined", "pm_requires_action", "pm_unknown")], 2
    )
    assert by_method == paid | not_paid
    assert (taken(), Product.objects.get().stock) == (6 * 2550, 94)


def test_what_is_cancelled_or_refunded_while_it_is_paid_gives_everything_back(lamp: int) -> None:
    orders = [Buyer().places((lamp, 2), payment_method="pm_ok").body["id"] for _ in range(4)]
    acts = (Buyer.cancels, lambda buyer, order: buyer.refunds(order, (lamp, 1)), Buyer.refunds)

    def act(number: int) -> int:
        return acts[number % 3](Buyer(), orders[number % 4]).status

    statuses = all_at_once(12, act, databases=DATABASES)
    assert set(statuses) <= {200, 201, 202, 409}
    for order in orders:
        Buyer().refunds(order)
    Order.objects.update(recover_at=None)
    recover_orders()
    deliver_everything()
    assert set(Order.objects.values_list("status", flat=True)) <= {"cancelled", "refunded"}
    assert (taken(), Product.objects.get().stock) == (0, 100)
    assert set(PaymentIntent.objects.values_list("status", flat=True)) == {"refunded"}
