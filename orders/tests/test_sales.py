"""What was sold: counted from the orders, again where something comes back, and never twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connections

from contracts.inventory import StockLine
from orders import moves, refunds, sales, sales_selectors, services
from orders.models import Order, OrderEvent
from orders.sales import count_sales
from orders.sales_models import BestSeller, CountedDay, SalesDay, SalesProduct
from orders.selectors import OrderDetails
from orders.tests.fake_payments import FakePayments
from orders.tests.fakes import FakeInventory
from shopflow.invariants.base import Reading
from shopflow.invariants.sales import INVARIANTS
from tests.threads import all_at_once

pytestmark = [pytest.mark.django_db(databases=["orders"]), pytest.mark.usefixtures("inventory")]

LAMP = 2550
MUG = 900


def place(*lines: tuple[int, int], ago: int = 0, **options: Any) -> OrderDetails:
    """An order of (product, quantity), placed so many days ago."""
    wanted = [StockLine(product_id=product, quantity=quantity) for product, quantity in lines]
    order = services.place_order(user_id=7, lines=wanted, **options)
    if ago:
        moment = datetime.combine(day(ago), datetime.min.time(), UTC) + timedelta(hours=12)
        Order.objects.filter(id=order.id).update(created_at=moment)
        OrderEvent.objects.filter(order_id=order.id).update(created_at=moment)
    return order


def day(ago: int) -> date:
    return datetime.now(UTC).date() - timedelta(days=ago)


def days() -> list[tuple[date, str, int, int, int]]:
    return list(
        SalesDay.objects.order_by("day", "currency").values_list("day", "currency", "orders", "revenue", "refunded")
    )


def products() -> list[tuple[date, str, int, int]]:
    return list(SalesProduct.objects.order_by("day", "product_id").values_list("day", "name", "quantity", "revenue"))


def test_orders_are_counted_by_day_and_currency() -> None:
    place((1, 1), (2, 2), ago=5)
    place((1, 2), ago=5)
    place((3, 1), ago=5)
    place((2, 1), ago=4)

    count_sales()

    assert days() == [
        (day(5), "EUR", 2, 3 * LAMP + 2 * MUG, 0),
        (day(5), "USD", 1, 100, 0),
        (day(4), "EUR", 1, MUG, 0),
    ]
    assert products() == [
        (day(5), "Lamp", 3, 3 * LAMP),
        (day(5), "Mug", 2, 2 * MUG),
        (day(5), "Import", 1, 100),
        (day(4), "Mug", 1, MUG),
    ]


def test_what_is_counted_again_is_the_same_and_writes_nothing() -> None:
    place((1, 1), ago=1)
    count_sales()
    rows = "SELECT xmin::text, * FROM orders_salesday"
    with connections["orders"].cursor() as cursor:
        cursor.execute(rows)
        before = cursor.fetchall()
        count_sales()
        cursor.execute(rows)
        assert cursor.fetchall() == before


def test_neither_a_pending_nor_a_cancelled_order_counts(payments: FakePayments) -> None:
    cancelled = place((1, 1), ago=1)
    services.cancel_order(order_id=cancelled.id, user_id=7)
    place((1, 1), ago=1, payment_method="pm_requires_action")

    count_sales()

    assert set(Order.objects.values_list("status", flat=True)) == {"cancelled", "pending"}
    assert (days(), products()) == ([], [])


def test_an_order_that_is_cancelled_long_after_no_longer_counts() -> None:
    order, other = place((1, 1), ago=40), place((2, 1), ago=40)
    count_sales()
    services.cancel_order(order_id=order.id, user_id=7)

    count_sales()

    assert days() == [(day(40), "EUR", 1, MUG, 0)]
    services.cancel_order(order_id=other.id, user_id=7)
    count_sales()
    assert (days(), products()) == ([], [])


@pytest.mark.parametrize("method", ["pm_ok", ""])
def test_what_comes_back_is_less_sold_on_the_day_of_the_order_paid_or_on_invoice(
    method: str, payments: FakePayments
) -> None:
    order = place((1, 2), (2, 1), ago=40, payment_method=method)
    count_sales()

    refunds.refund_own(order_id=order.id, user_id=7, items=[StockLine(product_id=1, quantity=1)], key=None, reason="")
    count_sales()

    assert days() == [(day(40), "EUR", 1, 2 * LAMP + MUG, LAMP)]
    assert products() == [(day(40), "Lamp", 1, LAMP), (day(40), "Mug", 1, MUG)]
    refunds.refund_own(order_id=order.id, user_id=7, items=[], key=None, reason="")
    count_sales()
    assert days() == [(day(40), "EUR", 1, 2 * LAMP + MUG, 2 * LAMP + MUG)]
    assert products() == []


def test_days_without_an_order_are_counted_once_and_only_the_last_ones_again() -> None:
    place((1, 1), ago=10)

    assert count_sales() == 11
    assert CountedDay.objects.count() == 11
    assert count_sales() == sales.RECENT


def test_a_day_that_was_not_over_when_it_was_last_counted_is_counted_when_the_job_is_back() -> None:
    place((1, 1), ago=10)
    count_sales()
    place((2, 1), ago=10)
    assert count_sales() == sales.RECENT
    CountedDay.objects.filter(day=day(10)).update(counted_at=datetime.combine(day(8), datetime.min.time(), UTC))

    assert count_sales() == sales.RECENT + 1

    assert days() == [(day(10), "EUR", 2, LAMP + MUG, 0)]


def test_an_order_that_is_paid_for_long_after_counts_once_it_is(payments: FakePayments) -> None:
    """The shop stood still for days, and the job was back before the recovery was."""
    order = place((1, 1), ago=10, payment_method="pm_requires_action")
    count_sales()
    assert (days(), count_sales()) == ([], sales.RECENT + 1)

    assert moves.confirm(order)

    assert count_sales() == sales.RECENT + 1
    assert days() == [(day(10), "EUR", 1, LAMP, 0)]
    assert count_sales() == sales.RECENT


def test_an_order_whose_lines_are_lost_keeps_no_other_from_being_counted() -> None:
    """It breaks a rule of the shop, but not the one of the sales."""
    order = Order.objects.create(reservation_id=uuid4(), user_id=7, status="confirmed", currency="USD", total=5)
    Order.objects.filter(id=order.id).update(created_at=datetime.combine(day(9), datetime.min.time(), UTC))
    place((1, 1), ago=1)

    count_sales()

    assert days() == [(day(9), "USD", 1, 5, 0), (day(1), "EUR", 1, LAMP, 0)]
    assert INVARIANTS[0].read() == Reading(7, frozenset())


def test_a_day_begins_at_midnight_of_the_shops_time_zone(settings: Any) -> None:
    settings.TIME_ZONE = "Pacific/Auckland"
    order = place((1, 1))
    Order.objects.filter(id=order.id).update(created_at=datetime(2026, 3, 1, 12, 30, tzinfo=UTC))

    list(sales.rebuild_sales())

    assert days() == [(date(2026, 3, 2), "EUR", 1, LAMP, 0)]


def test_a_rebuild_puts_right_what_somebody_has_changed_by_hand(capsys: pytest.CaptureFixture[str]) -> None:
    place((1, 1), ago=3)
    count_sales()
    SalesDay.objects.update(orders=7)
    SalesProduct.objects.create(day=day(2), product_id=9, currency="EUR", name="Nothing", quantity=1, revenue=1)

    call_command("rebuild_sales")

    assert capsys.readouterr().out == "4 days counted\n"
    assert days() == [(day(3), "EUR", 1, LAMP, 0)]
    assert products() == [(day(3), "Lamp", 1, LAMP)]


def test_the_most_sold_come_first_under_their_latest_name(inventory: FakeInventory) -> None:
    place((1, 1), (2, 3), ago=35)
    place((1, 2), ago=20)
    inventory.names[1] = "Lamp, new"
    place((1, 1), ago=10)
    place((3, 1), ago=10)

    count_sales()

    assert [(row.days, row.currency, row.rank, row.name, row.quantity) for row in ranked()] == [
        (30, "EUR", 1, "Lamp, new", 3),
        (30, "USD", 1, "Import", 1),
        (90, "EUR", 1, "Lamp, new", 4),
        (90, "EUR", 2, "Mug", 3),
        (90, "USD", 1, "Import", 1),
    ]


def ranked() -> list[BestSeller]:
    return list(BestSeller.objects.order_by("days", "currency", "rank"))


def test_who_is_no_longer_among_the_most_sold_is_gone() -> None:
    order = place((1, 1), ago=5)
    count_sales()
    services.cancel_order(order_id=order.id, user_id=7)

    count_sales()

    assert ranked() == []


def test_a_chart_has_a_number_for_each_day_and_one_line_for_each_currency() -> None:
    place((1, 1), ago=2)
    place((2, 1), ago=1)
    place((3, 1), ago=1)
    count_sales()
    last = tuple(day(ago) for ago in (3, 2, 1))

    assert sales_selectors.sales_by_currency(last) == [
        sales_selectors.Sales("EUR", last, orders=(0, 1, 1), revenue=(0, LAMP, MUG)),
        sales_selectors.Sales("USD", last, orders=(0, 0, 1), revenue=(0, 0, 100)),
    ]


@pytest.mark.django_db(databases=["orders"], transaction=True)
def test_several_processes_at_once_count_the_same_as_one() -> None:
    for ago in (0, 1, 5, 9):
        place((1, 1), (2, 1), ago=ago)

    all_at_once(4, lambda _: count_sales(), databases=["orders"])

    assert [orders for _, _, orders, _, _ in days()] == [1, 1, 1, 1]
    assert [(row.days, row.rank, row.quantity) for row in ranked()] == [(30, 1, 4), (30, 2, 4), (90, 1, 4), (90, 2, 4)]


def test_the_shops_rule_looks_at_days_that_are_over_and_notices_what_differs() -> None:
    (rule,) = INVARIANTS
    for ago in (0, 9, 5):
        place((1, 1), (2, 1), ago=ago)
    count_sales()
    assert rule.read() == Reading(7, frozenset())
    SalesDay.objects.filter(day=day(0)).update(orders=2)  # it is counted again in a minute
    SalesDay.objects.filter(day=day(5)).update(orders=2)
    SalesProduct.objects.filter(day=day(9), product_id=1).delete()

    assert rule.read() == Reading(7, frozenset({f"{day(5)} EUR", f"{day(9)} EUR"}))


def test_the_shops_rule_waits_until_what_has_changed_is_counted() -> None:
    (rule,) = INVARIANTS
    order = place((1, 1), ago=9)
    count_sales()
    services.cancel_order(order_id=order.id, user_id=7)

    assert rule.read() == Reading(6, frozenset())
