"""Orders in the back office, on the real contexts: money, stock and events go where the API would have sent them."""

from __future__ import annotations

import re
from html import unescape
from http import HTTPStatus
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from contracts.inventory import StockLine
from inventory.models import Product, StockMovement
from inventory.services import create_product
from orders.models import Order
from orders.services import place_order
from payments.models import PaymentIntent
from shopflow.back_office.tests.people import member
from tests.concurrency.conftest import CONTEXTS, broken_invariants, deliver_everything
from tests.threads import all_at_once
from users.models import User
from users.services import register

pytestmark = pytest.mark.django_db(databases=CONTEXTS, transaction=True)
"""No transaction around a test: the guard that refuses calls to another context inside of one is on."""


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(member("orders", username="olga"))
    return client


@pytest.fixture
def lamp() -> int:
    return create_product(name="Lamp", price=2550, stock=10)


@pytest.fixture
def order_id(lamp: int) -> int:
    """Of two lamps, paid."""
    ada = register(username="ada", email="ada@example.com", password="correct horse 7").pk
    lamps = StockLine(product_id=lamp, quantity=2)
    return place_order(user_id=ada, lines=[lamps], payment_method="pm_ok").id


def at(order_id: int, deed: str = "change") -> str:
    return reverse(f"admin:orders_order_{deed}", args=[order_id])


def window(staff: Client) -> Client:
    """Another one of the same login."""
    another = Client()
    another.cookies = SimpleCookie({name: morsel.value for name, morsel in staff.cookies.items()})
    return another


def refund_form(staff: Client, order_id: int, **typed: str) -> dict[str, str]:
    found = re.search(r'name="key" value="([^"]+)"', staff.get(at(order_id, "refund")).content.decode())
    assert found
    return {"key": found[1], "restock": "yes", "reason": "broken", "confirmed": "yes", **typed}


def books(lamp: int, order_id: int) -> dict[str, Any]:
    """Where everything is once all events have arrived."""
    deliver_everything()
    assert broken_invariants() == {}
    order, payment = Order.objects.get(pk=order_id), PaymentIntent.objects.get(order_id=order_id)
    return {
        "status": order.status,
        "refunded": (order.refunded, payment.refunded),
        "stock": Product.objects.get(pk=lamp).stock,
        "ledger": list(StockMovement.objects.order_by("id").values_list("delta", "kind")),
    }


def test_an_order_is_looked_at_and_found(staff: Client, order_id: int) -> None:
    page = staff.get(at(order_id)).content.decode()
    assert [text for text in ("ada@example.com", "51.00 EUR", "Mark as shipped") if text not in page] == []
    found = staff.get(reverse("admin:orders_order_changelist"), {"q": "ada"}).content.decode()
    assert f">#{order_id}</a>" in found


def test_cancelling_brings_stock_and_money_back(staff: Client, lamp: int, order_id: int) -> None:
    staff.post(at(order_id, "cancel"))
    assert books(lamp, order_id) == {
        "status": "cancelled",
        "refunded": (0, 5100),
        "stock": 10,
        "ledger": [(10, "opening"), (-2, "reservation"), (2, "release")],
    }


def test_a_part_comes_back_after_it_was_shipped_and_the_rest_is_kept(staff: Client, lamp: int, order_id: int) -> None:
    staff.post(at(order_id, "ship"), {"tracking": "X1"})
    staff.post(at(order_id, "refund"), refund_form(staff, order_id, **{f"line-{lamp}": "1"}))
    staff.post(at(order_id, "deliver"))
    assert books(lamp, order_id) == {
        "status": "delivered",
        "refunded": (2550, 2550),
        "stock": 9,
        "ledger": [(10, "opening"), (-2, "reservation"), (1, "return")],
    }


def test_what_is_broken_is_paid_back_and_not_put_back(staff: Client, lamp: int, order_id: int) -> None:
    staff.post(at(order_id, "refund"), refund_form(staff, order_id, restock="no", **{f"line-{lamp}": "2"}))
    assert books(lamp, order_id) == {
        "status": "refunded",
        "refunded": (5100, 5100),
        "stock": 8,
        "ledger": [(10, "opening"), (-2, "reservation")],
    }


def test_one_form_sent_by_four_windows_at_once_refunds_once(staff: Client, lamp: int, order_id: int) -> None:
    form = refund_form(staff, order_id, **{f"line-{lamp}": "1"})
    windows = [window(staff) for _ in range(4)]
    answers = all_at_once(4, lambda n: windows[n].post(at(order_id, "refund"), form).status_code, databases=CONTEXTS)
    assert set(answers) == {302}
    assert books(lamp, order_id)["refunded"] == (2550, 2550)
    assert Order.objects.get().lines.get().refunded == 1


def test_a_refund_and_a_cancellation_at_once_pay_back_once(staff: Client, lamp: int, order_id: int) -> None:
    form = refund_form(staff, order_id, **{f"line-{lamp}": "2"})
    asked: list[tuple[str, dict[str, str]]] = [("refund", form), ("cancel", {})]
    windows = [window(staff) for _ in asked]
    all_at_once(2, lambda n: windows[n].post(at(order_id, asked[n][0]), asked[n][1]), databases=CONTEXTS)
    found = books(lamp, order_id)
    assert (found["status"] in ("refunded", "cancelled"), found["stock"]) == (True, 10)
    assert PaymentIntent.objects.get().refunded == 5100


def test_every_way_from_an_order_leads_somewhere(order_id: int) -> None:
    owner = Client()
    owner.force_login(User.objects.create_superuser(username="owner", email="owner@shop.example"))
    page = owner.get(at(order_id)).content.decode().split('id="content"')[1]
    ways = [unescape(way) for way in re.findall(r'<a class="text-link[^>]* href="([^"]+)"', page)]
    assert len(ways) == 8
    assert {way: answer for way in ways if (answer := owner.get(way).status_code) != HTTPStatus.OK} == {}
    [payment] = [way for way in ways if "paymentintent" in way]
    assert owner.get(payment).content.decode().count('class="field-status') == 1
    [reservation] = [way for way in ways if "reservation" in way]
    assert "-2</a> Reserved for an order" in owner.get(reservation).content.decode()
