"""The list of the orders in the back office: what it shows, finds and costs."""

from __future__ import annotations

import re
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contracts.inventory import StockLine
from contracts.orders import OrderStatus
from contracts.ports import Ports, ports, using
from orders import services
from orders.models import Order, OrderEvent
from orders.tests.fakes import FakeInventory
from orders.tests.test_api import Nobody
from shopflow.back_office.tests.people import member
from users.models import User

pytestmark = pytest.mark.django_db(databases=["users", "orders"])

LIST = reverse("admin:orders_order_changelist")
LAMPS = [StockLine(product_id=1, quantity=2)]
BOTH = [*LAMPS, StockLine(product_id=2, quantity=1)]


@pytest.fixture
def placed(inventory: FakeInventory, ada: User) -> list[int]:
    """Two of ada's and one of somebody unknown, in order of their numbers."""
    inventory.stock[1] = 100
    return [
        services.place_order(user_id=user_id, lines=lines).id
        for user_id, lines in ((ada.pk, LAMPS), (ada.pk, BOTH), (987_654, LAMPS))
    ]


def page_of(client: Client, **query: Any) -> str:
    answer = client.get(LIST, query)
    assert answer.status_code == HTTPStatus.OK
    return answer.content.decode()


def shown(client: Client, **query: Any) -> list[int]:
    """The numbers in the list."""
    return [int(number) for number in re.findall(r">#(\d+)</a>", page_of(client, **query))]


def run(client: Client, action: str, order_ids: list[int], **more: str) -> str:
    data = {"action": action, "_selected_action": order_ids, **more}
    return client.post(LIST, data, follow=True).content.decode()


def test_the_newest_come_first_with_their_customers_items_and_sums(staff: Client, placed: list[int]) -> None:
    assert shown(staff) == placed[::-1]
    page = page_of(staff)
    assert [page.count(text) for text in ("2 x Lamp, 1 x Mug", "60.00 EUR<", "user 987654")] == [1, 1, 1]
    assert len(re.findall(r"field-customer[^>]*>ada<", page)) == 2


def test_an_order_is_found_by_its_number_and_by_its_customer(staff: Client, placed: list[int], ada: User) -> None:
    first, second, last = placed
    assert shown(staff, q=str(last)) == [last]
    assert shown(staff, q=f" #{last} ") == [last]
    assert shown(staff, q="ADA@example.com") == [second, first]
    assert shown(staff, q="ada") == [second, first]
    assert shown(staff, user_id__exact=ada.pk) == [second, first]
    for nothing in ("ad", "nobody@example.com", "9" * 30, "²", "0", "\x01"):
        assert shown(staff, q=nothing) == []


def test_numbers_are_found_while_users_does_not_answer(staff: Client, placed: list[int]) -> None:
    now = ports()
    with using(Ports(users=Nobody(), inventory=now.inventory, orders=now.orders, payments=now.payments)):
        assert shown(staff, q=str(placed[0])) == [placed[0]]
        assert "only numbers of orders were" in page_of(staff, q="ada@example.com")
        assert shown(staff) == placed[::-1]


def test_the_orders_of_one_status(staff: Client, placed: list[int]) -> None:
    services.cancel_order(order_id=placed[1], user_id=None)
    assert shown(staff, status__exact="cancelled") == [placed[1]]
    assert shown(staff, status__exact="confirmed") == [placed[2], placed[0]]


def test_the_orders_of_one_day(staff: Client, placed: list[int]) -> None:
    today = timezone.localdate()
    for number, days in zip(placed, (0, 1, 8), strict=True):
        Order.objects.filter(pk=number).update(created_at=timezone.now() - timedelta(days=days))
    found = {day: shown(staff, day=day) for day in ("today", "yesterday", "week", "month")}
    assert found == {"today": placed[:1], "yesterday": placed[1:2], "week": placed[:2], "month": placed}
    assert shown(staff, day=(today - timedelta(days=8)).isoformat()) == placed[2:]
    assert shown(staff, day="2001-01-01", status__exact="confirmed") == []
    for no_day in ("2001-02-30", "someday", "9999-12-31", "0001-01-01"):
        assert staff.get(LIST, {"day": no_day}, follow=True).status_code == HTTPStatus.OK


def test_the_day_that_is_typed_keeps_what_else_was_chosen(staff: Client, placed: list[int]) -> None:
    page = page_of(staff, day="2026-11-21", status__exact="confirmed", q="ada")
    form = page[page.index('for="order-day"') - 600 : page.index('for="order-day"')]
    assert re.findall(r'name="([^"]+)" value="([^"]+)"', form) == [("status__exact", "confirmed"), ("q", "ada")]
    assert 'value="2026-11-21"' in page


def test_fifty_orders_cost_as_many_queries_as_one(staff: Client, placed: list[int], ada: User) -> None:
    def cost() -> list[int]:
        with (
            CaptureQueriesContext(connections["orders"]) as orders,
            CaptureQueriesContext(connections["users"]) as users,
        ):
            staff.get(LIST)
        return [len(orders), len(users)]

    cost()  # the first request of a login writes its session
    few = cost()
    for _ in range(10):
        services.place_order(user_id=ada.pk, lines=LAMPS)
    assert cost() == few == [3, 5]


def test_orders_are_shipped_together_after_a_look(staff: Client, placed: list[int]) -> None:
    first, second, last = placed
    services.cancel_order(order_id=second, user_id=None)
    look = run(staff, "ship", placed)
    assert f"Order #{second}, which is cancelled" in look
    assert set(Order.objects.values_list("status", flat=True)) == {"confirmed", "cancelled"}
    assert "Marked as shipped: 2 of 2 orders." in run(staff, "ship", [first, last], confirmed="yes")
    assert Order.objects.filter(status=OrderStatus.SHIPPED).count() == 2
    assert "Marked as delivered: 1 of 1 orders." in run(staff, "deliver", [first], confirmed="yes")
    assert list(LogEntry.objects.order_by("id").values_list("object_id", "change_message")) == [
        (str(first), "Marked as shipped."),
        (str(last), "Marked as shipped."),
        (str(first), "Marked as delivered."),
    ]
    by = set(OrderEvent.objects.filter(type="order.shipped").values_list("data__actor_id", flat=True))
    assert by == {User.objects.get(username="olga").pk}


def test_one_that_is_refused_stops_no_other(staff: Client, placed: list[int]) -> None:
    services.ship_order(order_id=placed[0])
    page = run(staff, "ship", placed[:2], confirmed="yes")
    assert f"Order {placed[0]} is shipped: there is nothing to ship." in page
    assert "Marked as shipped: 1 of 2 orders." in page


def test_one_that_has_left_the_list_in_the_meantime_is_not_passed_over_in_silence(
    staff: Client, placed: list[int]
) -> None:
    services.ship_order(order_id=placed[0])
    data = {"action": "ship", "_selected_action": placed[:2], "confirmed": "yes"}
    page = staff.post(f"{LIST}?status__exact=confirmed", data, follow=True).content.decode()
    assert "Marked as shipped: 1 of 1 orders." in page
    assert "Left as they are: 1 of what you selected, which this list no longer shows." in page
    services.ship_order(order_id=placed[2])
    data["_selected_action"] = placed[2:]
    page = staff.post(f"{LIST}?status__exact=confirmed", data, follow=True).content.decode()
    assert "Left as they are: 1 of what you selected" in page


def test_no_more_are_done_than_somebody_can_wait_for(
    staff: Client, placed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orders.admin.bulk.MOST", 2)
    assert "Select at most 2 orders at once. Nothing was done." in run(staff, "ship", placed, confirmed="yes")
    assert set(Order.objects.values_list("status", flat=True)) == {"confirmed"}


def test_who_may_only_look_has_no_deeds_in_the_list(client: Client, placed: list[int]) -> None:
    looker = member()
    looker.user_permissions.add(Permission.objects.get(codename="view_order"))
    client.force_login(looker)
    assert 'name="action"' not in page_of(client)
    run(client, "ship", placed, confirmed="yes")
    assert set(Order.objects.values_list("status", flat=True)) == {"confirmed"}
