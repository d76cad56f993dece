"""The page of an order in the back office: what it shows, to whom."""

from __future__ import annotations

from http import HTTPStatus

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contracts.errors import PeerUnavailable
from contracts.inventory import StockLine
from contracts.ports import Ports, ports, using
from orders import refunds, services
from orders.selectors import OrderDetails
from orders.tests.fake_payments import FakePayments
from orders.tests.fakes import FakeInventory
from orders.tests.office import BOTH, DEEDS, at, buttons, owner, read, status
from orders.tests.test_api import Nobody
from shopflow.back_office.tests.people import member
from users.models import User

pytestmark = pytest.mark.django_db(databases=["users", "orders"])


def test_an_order_is_shown_with_its_customer_lines_and_history(staff: Client, order: OrderDetails) -> None:
    page = read(staff, at(order))
    for said in (
        "ada ada@example.com",
        "78.00 EUR Through the payment provider.",
        "Lamp 25.50 EUR 2 51.00 EUR Mug 9.00 EUR 3 27.00 EUR Total 78.00 EUR",
        "Placed; 78.00 EUR are to be paid.",
        "Paid 78.00 EUR, and confirmed.",
        order.reservation_id,
    ):
        assert said in page
    assert buttons(staff, order) == ["cancel", "ship", "refund"]


def test_its_page_costs_few_queries_however_much_has_happened(staff: Client, order: OrderDetails) -> None:
    staff.get(at(order))

    def cost() -> list[int]:
        with (
            CaptureQueriesContext(connections["orders"]) as orders,
            CaptureQueriesContext(connections["users"]) as users,
        ):
            staff.get(at(order))
        return [len(orders), len(users)]

    assert cost() == [5, 5]
    for key in "abc":
        refunds.refund_as_staff(order_id=order.id, actor_id=1, items=[StockLine(product_id=2, quantity=1)], key=key)
    assert cost() == [6, 5]  # and the lines of the refunds


def test_it_is_shown_while_users_does_not_answer(staff: Client, order: OrderDetails, ada: User) -> None:
    now = ports()
    with using(Ports(users=Nobody(), inventory=now.inventory, orders=now.orders, payments=now.payments)):
        page = read(staff, at(order))
    assert f"User {ada.pk}. Name and e-mail cannot be looked up at the moment." in page


def test_what_customers_and_colleagues_have_written_stays_text(staff: Client, order: OrderDetails) -> None:
    services.ship_order(order_id=order.id, tracking="<script>alert(1)</script>")
    page = staff.get(at(order)).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize("number", ["987654", "9" * 30, "x", "0"])
def test_an_order_that_is_not_there(staff: Client, number: str) -> None:
    answer = staff.get(f"/admin/orders/order/{number}/change/")
    assert (answer.status_code, answer["Location"]) == (HTTPStatus.FOUND, reverse("admin:index"))


def test_nothing_of_an_order_is_edited_added_or_deleted(staff: Client, order: OrderDetails) -> None:
    addresses = [at(order), at(order, "delete"), reverse("admin:orders_order_add")]
    for client in (staff, owner()):
        assert [client.post(to, {"total": "1"}).status_code for to in addresses] == [HTTPStatus.FORBIDDEN] * 3


def test_an_order_that_is_not_paid_says_what_it_waits_for(
    staff: Client, inventory: FakeInventory, payments: FakePayments, ada: User
) -> None:
    waiting = services.place_order(user_id=ada.pk, lines=BOTH, payment_method="pm_requires_action")
    assert "Waits for the customer, who has to confirm the payment at the bank." in read(staff, at(waiting))
    payments.fails = PeerUnavailable(peer="payments")
    silent = services.place_order(user_id=ada.pk, lines=BOTH[:1], payment_method="pm_ok")
    assert "The payment provider has not answered yet: it is asked again until it does." in read(staff, at(silent))
    assert buttons(staff, silent) == ["cancel"]


@pytest.mark.parametrize("group", ["catalogue", "stock", "operations", ""])
def test_other_staff_see_no_orders_and_change_none(client: Client, order: OrderDetails, group: str) -> None:
    client.force_login(member(*([group] if group else [])))
    pages = [
        reverse("admin:orders_order_changelist"),
        at(order),
        at(order, "history"),
        *(at(order, deed) for deed in DEEDS),
    ]
    assert {client.get(page).status_code for page in pages} == {HTTPStatus.FORBIDDEN}
    assert {client.post(page, {"confirmed": "yes"}).status_code for page in pages} == {HTTPStatus.FORBIDDEN}
    assert status(order) == "confirmed"


def test_a_stranger_is_sent_to_the_door(client: Client, order: OrderDetails) -> None:
    for deed in ("change", *DEEDS):
        answer = client.get(at(order, deed))
        assert (answer.status_code, answer["Location"].split("?")[0]) == (HTTPStatus.FOUND, reverse("admin:login"))


def test_the_superuser_finds_the_ways_to_other_contexts(order: OrderDetails, ada: User) -> None:
    page = owner().get(at(order)).content.decode()
    for address in (
        reverse("admin:users_user_change", args=[ada.pk]),
        reverse("admin:payments_paymentintent_changelist") + f"?order_id__exact={order.id}",
        reverse("admin:inventory_reservation_change", args=[order.reservation_id]),
        reverse("admin:inventory_product_change", args=[1]),
    ):
        assert f'href="{address}"' in page
