"""The first page of the back office: each card for those who may see it, in few questions to the databases."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db.models import Q
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from inventory.models import Product
from inventory.services import create_product
from orders.sales_models import BestSeller, CountedDay, SalesDay
from shopflow.back_office.sidebar import GROUPS, navigation
from shopflow.messaging.models import OutboxEvent
from users.models import User

CONTEXTS = ["users", "inventory", "orders", "payments"]
pytestmark = pytest.mark.django_db(databases=CONTEXTS)

Login = Callable[..., Client]


@pytest.fixture
def login(client: Client) -> Login:
    """A member of staff with these permissions, written as app.codename."""

    def as_staff_with(*permissions: str) -> Client:
        user = User.objects.create_user(username="staff", email="staff@shop.example", password="x")
        user.is_staff = True
        user.save()
        for permission in permissions:
            app, codename = permission.split(".")
            user.user_permissions.add(Permission.objects.get(Q(content_type__app_label=app), codename=codename))
        client.force_login(user)
        return client

    return as_staff_with


def dashboard(client: Client, **query: Any) -> str:
    answer = client.get(reverse("admin:index"), query)
    assert answer.status_code == 200
    return answer.content.decode()


def sold(ago: int, *, orders: int, revenue: int, currency: str = "EUR", refunded: int = 0) -> None:
    day = timezone.localdate() - timedelta(days=ago)
    SalesDay.objects.create(day=day, currency=currency, orders=orders, revenue=revenue, refunded=refunded)
    CountedDay.objects.get_or_create(day=day, defaults={"counted_at": timezone.now()})


def test_sales_are_shown_of_each_currency_by_itself_less_what_came_back(login: Login) -> None:
    sold(0, orders=2, revenue=100_000, refunded=40_000)
    sold(29, orders=4, revenue=140_000)
    sold(30, orders=3, revenue=100_000)
    sold(1, orders=1, revenue=5_000, currency="USD")

    page = dashboard(login("orders.view_order"))

    assert "2,000.00 EUR" in page
    assert "+100 % against the 30 days before" in page
    assert "333.33 EUR" in page
    assert "600.00 EUR from 2 orders today" in page
    assert "50.00 USD" in page
    assert "none in the 30 days before" in page
    assert "2,050" not in page
    assert page.count('<canvas class="chart"') == 4
    assert "time zone UTC" in page


def test_figures_that_nobody_has_counted_for_days_say_so(login: Login) -> None:
    sold(3, orders=2, revenue=100_000)
    CountedDay.objects.update(counted_at=datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC))

    assert "Counted at 3 Feb 2026, 04:05:06;" in dashboard(login("orders.view_order"))


def test_ninety_days_are_a_click_away(login: Login) -> None:
    sold(89, orders=7, revenue=700)
    client = login("orders.view_order")

    assert "7 orders in 90 days" in dashboard(client, days="90")
    assert "Nothing was sold in these 30 days" in dashboard(client)
    assert "Nothing was sold in these 30 days" in dashboard(client, days="90000")


def test_best_sellers_lead_to_their_products_for_who_may_see_those(login: Login) -> None:
    BestSeller.objects.create(days=30, currency="EUR", rank=1, product_id=7, name="<Lamp>", quantity=3, revenue=7650)
    sold(1, orders=3, revenue=7650)
    client = login("orders.view_order")
    link = reverse("admin:inventory_product_change", args=[7])

    assert "Best sellers, EUR" in dashboard(client)
    assert "&lt;Lamp&gt;" in dashboard(client)
    assert link not in dashboard(client)
    client.force_login(User.objects.create_superuser(username="owner", email="o@shop.example", password="x"))
    assert link in dashboard(client)


def test_the_emptiest_of_low_stock_come_first(login: Login) -> None:
    for name, stock, threshold in (("Mug", 4, 5), ("Lamp", 1, 10), ("Rug", 6, 5)):
        product_id = create_product(name=name, price=100, stock=stock)
        Product.objects.filter(id=product_id).update(low_stock_at=threshold, active=True)

    page = dashboard(login("inventory.view_product"))

    assert page.index("1 left of 10") < page.index("4 left of 5")
    assert "Rug" not in page


def test_a_product_is_searched_for_from_here(login: Login) -> None:
    page = dashboard(login("inventory.view_product"))
    assert f'<form action="{reverse("admin:inventory_product_changelist")}" method="get" role="search"' in page
    assert 'name="q"' in page


def test_the_backlog_shows_what_waits_and_what_is_dead(login: Login) -> None:
    long_ago = timezone.now() - timedelta(minutes=7)
    OutboxEvent.objects.using("payments").create(type="a", aggregate_id="a:1", data={}, created_at=long_ago)
    OutboxEvent.objects.using("payments").create(type="a", aggregate_id="a:2", data={}, dead_at=long_ago)

    page = dashboard(login("back_office.view_backlog"))

    (row,) = re.findall(r">payments</th>(.*?)</tr>", page, re.DOTALL)
    assert re.findall(r"<td[^>]*>(.*?)</td>", row) == ["1", "7\xa0minutes", "1"]


def test_an_empty_shop_says_what_will_be_here(login: Login) -> None:
    page = dashboard(login("orders.view_order", "inventory.view_product"))
    assert "Nothing is counted yet" in page
    assert "Nothing is low" in page


@pytest.mark.parametrize(
    ("permission", "shown"),
    [
        ("orders.view_order", "Sales of the last"),
        ("inventory.view_product", "Low stock"),
        ("back_office.view_backlog", "Backlog"),
    ],
)
def test_each_card_is_for_who_may_see_it(login: Login, permission: str, shown: str) -> None:
    cards = ['id="sales-heading"', "Nothing is low", "Events that wait"]
    page = dashboard(login(permission))
    assert shown in page
    assert sum(card in page for card in cards) == 1


def test_staff_without_any_right_are_told_whom_to_ask(login: Login) -> None:
    assert "You may not see anything here yet" in dashboard(login())


def test_strangers_are_sent_to_the_door(client: Client) -> None:
    answer = client.get(reverse("admin:index"))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/login/?next=/admin/")


def test_the_whole_page_takes_few_questions(login: Login, django_assert_num_queries: Any) -> None:
    client = login("orders.view_order", "inventory.view_product", "back_office.view_backlog")
    sold(1, orders=1, revenue=100)
    dashboard(client)
    expected = {"users": 4 + 1, "orders": 3 + 1, "inventory": 2 + 1, "payments": 1}
    """Of users: the session, the account, its permissions and those of its groups; of each, its outbox."""
    for alias, count in expected.items():
        with django_assert_num_queries(count, using=alias):
            dashboard(client)


def test_the_sidebar_shows_what_one_may_open(login: Login, rf: Any) -> None:
    login("inventory.view_product")
    request = rf.get("/admin/")
    request.user = User.objects.get()
    shown = {group["title"]: [item["title"] for item in group["items"]] for group in navigation(request)}
    assert {title: items for title, items in shown.items() if items} == {
        "": ["Dashboard"],
        "Catalogue": ["Products"],
        "Stock": ["Low stock"],
    }


def test_every_way_of_the_sidebar_leads_somewhere() -> None:
    assert [reverse(item.url) for items in GROUPS.values() for item in items]


def test_every_right_of_the_sidebar_exists() -> None:
    wanted = {item.permission for items in GROUPS.values() for item in items if item.permission}
    known = {
        f"{one.content_type.app_label}.{one.codename}" for one in Permission.objects.select_related("content_type")
    }
    assert wanted - known == set()
