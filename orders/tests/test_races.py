"""Refunds, cancellations and shipments of one order at one moment: what each takes, no other does."""

from __future__ import annotations

from collections import Counter

import pytest

from contracts.errors import Refused
from contracts.inventory import StockLine
from orders import refund_selectors, refunds, services
from orders.history import replay
from orders.models import Order, OrderEvent, OrderLine
from orders.selectors import OrderDetails
from orders.tests.fake_payments import FakePayments
from orders.tests.fakes import FakeInventory
from tests.threads import all_at_once

pytestmark = pytest.mark.django_db(databases=["orders"], transaction=True)

LAMPS = [StockLine(product_id=1, quantity=10)]
LINES = [StockLine(product_id=1, quantity=4), StockLine(product_id=2, quantity=4)]


def placed(lines: list[StockLine]) -> OrderDetails:
    return services.place_order(user_id=7, lines=lines, payment_method="pm_ok")


def outcome(act: object, *args: object, **kwargs: object) -> str:
    try:
        act(*args, **kwargs)  # type: ignore[operator]
    except Refused as refused:
        return refused.code
    return "done"


def refund(order: OrderDetails, product_id: int = 1, key: str | None = None) -> str:
    items = [StockLine(product_id=product_id, quantity=1)]
    return outcome(refunds.refund_own, order_id=order.id, user_id=7, items=items, key=key)


def is_as_its_history_says(order: OrderDetails) -> None:
    row = Order.objects.get(id=order.id)
    events = OrderEvent.objects.filter(order=row).order_by("sequence")
    assert [event.sequence for event in events] == list(range(1, row.version + 1))
    lines = OrderLine.objects.filter(order=row, refunded__gt=0).order_by("product_id")
    now = (row.status, row.refunded, dict(lines.values_list("product_id", "refunded")))
    assert replay([(event.type, event.data) for event in events]) == now


def test_a_line_refunded_from_all_sides_is_refunded_as_often_as_there_is_of_it(
    inventory: FakeInventory, payments: FakePayments
) -> None:
    order = placed(LAMPS)
    outcomes = Counter(all_at_once(16, lambda _: refund(order), databases=["orders"]))
    assert outcomes["done"] == 10
    assert set(outcomes) <= {"done", "refund_exceeds_order", "order_not_refundable"}
    assert (Order.objects.get().status, Order.objects.get().refunded) == ("refunded", 10 * 2550)
    assert payments.taken(order.id) == 0
    is_as_its_history_says(order)


def test_the_refunds_of_all_lines_at_once_end_in_a_refunded_order(
    inventory: FakeInventory, payments: FakePayments
) -> None:
    order = placed(LINES)
    outcomes = all_at_once(8, lambda number: refund(order, 1 + number % 2), databases=["orders"])
    assert outcomes == ["done"] * 8
    assert Order.objects.get().status == "refunded"
    last = OrderEvent.objects.filter(type="order.refunded").order_by("sequence")
    assert [event.data["whole"] for event in last] == [False] * 7 + [True]
    is_as_its_history_says(order)


def test_one_key_from_all_sides_refunds_once(inventory: FakeInventory, payments: FakePayments) -> None:
    order = placed(LAMPS)
    assert all_at_once(10, lambda _: refund(order, key="k"), databases=["orders"]) == ["done"] * 10
    assert len(refund_selectors.list_refunds(order_id=order.id)) == 1
    assert (Order.objects.get().refunded, payments.taken(order.id)) == (2550, 9 * 2550)
    is_as_its_history_says(order)


def test_an_order_is_cancelled_or_refunded_or_shipped_and_never_two_of_them(
    inventory: FakeInventory, payments: FakePayments
) -> None:
    inventory.stock[1] = 1000
    for _ in range(6):
        order = placed([StockLine(product_id=1, quantity=1)])
        acts = (
            lambda order=order: outcome(services.cancel_order, order_id=order.id, user_id=7),
            lambda order=order: refund(order),
            lambda order=order: outcome(services.ship_order, order_id=order.id),
        )
        outcomes = all_at_once(6, lambda number, acts=acts: acts[number % 3](), databases=["orders"])  # type: ignore[misc]
        assert outcomes.count("done") == 1, outcomes
        row = Order.objects.get(id=order.id)
        assert payments.taken(order.id) == (2550 if row.status == "shipped" else 0)
        is_as_its_history_says(order)


def test_one_key_with_a_payment_from_all_sides_is_one_order_and_one_charge(
    inventory: FakeInventory, payments: FakePayments
) -> None:
    def place(_: int) -> str:
        return outcome(services.place_order, user_id=7, lines=LAMPS[:1], key="k", payment_method="pm_ok")

    outcomes = Counter(all_at_once(20, place, databases=["orders"]))
    assert set(outcomes) <= {"done", "order_in_progress"}
    order = Order.objects.get()
    assert (order.status, payments.captures) == ("confirmed", {order.id: 1})
