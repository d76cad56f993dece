"""Refunds in the back office: by lines, after a look, once."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from contracts.errors import PeerUnavailable
from contracts.inventory import StockLine
from contracts.payments import RefundState
from orders import refund_selectors, refunds, services
from orders.models import Refund
from orders.selectors import OrderDetails
from orders.tests.fake_payments import FakePayments
from orders.tests.fakes import FakeInventory
from orders.tests.office import BOTH, at, buttons, deeds_noted, read, send, status
from users.models import User

pytestmark = pytest.mark.django_db(databases=["users", "orders"])


def refund_form(client: Client, order: OrderDetails, **typed: str) -> dict[str, str]:
    """As a browser sends it: with the key that the page has given it."""
    page = client.get(at(order, "refund")).content.decode()
    found = re.search(r'name="key" value="([^"]+)"', page)
    assert found
    return {"key": found[1], "restock": "yes", "reason": "broken", **typed}


def test_a_part_is_refunded_after_a_look(staff: Client, order: OrderDetails, payments: FakePayments, ada: User) -> None:
    form = refund_form(staff, order, **{"line-1": "1", "line-2": "0"})
    look = send(staff, at(order, "refund"), **form)
    assert "25.50 EUR go back to the customer. 1 x Lamp: back in stock, to be sold again." in look
    assert payments.taken(order.id) == 7800
    page = send(staff, at(order, "refund"), **form, confirmed="yes")
    assert f"Order {order.id}: 25.50 EUR refunded." in page
    assert "Refund of 25.50 EUR requested: 1 x Lamp, back in stock. Reason: broken" in page
    assert "Refunded 25.50 EUR for 1 x Lamp." in page
    [made] = refund_selectors.list_refunds(order_id=order.id)
    assert (made.lines, made.restock, made.reason) == (((1, 1),), True, "broken")
    assert payments.taken(order.id) == 7800 - 2550
    assert deeds_noted() == [("olga", f"Asked for refund {made.id} of 25.50 EUR: succeeded.")]


def test_the_same_form_sent_twice_refunds_once(staff: Client, order: OrderDetails, payments: FakePayments) -> None:
    form = refund_form(staff, order, **{"line-1": "2", "line-2": "3"})
    for _ in range(2):
        assert "78.00 EUR refunded." in send(staff, at(order, "refund"), **form, confirmed="yes")
    made = Refund.objects.get()
    assert (status(order), payments.taken(order.id)) == ("refunded", 0)
    assert deeds_noted() == [("olga", f"Asked for refund {made.pk} of 78.00 EUR: succeeded.")]


def test_the_same_form_with_other_lines_refunds_nothing_more(staff: Client, order: OrderDetails) -> None:
    form = refund_form(staff, order, **{"line-1": "1"})
    send(staff, at(order, "refund"), **form, confirmed="yes")
    page = send(staff, at(order, "refund"), **{**form, "line-1": "2"}, confirmed="yes")
    assert "This form has made a refund already" in page
    assert Refund.objects.count() == 1


def test_what_a_colleague_refunded_in_the_meantime_is_not_refunded_again(staff: Client, order: OrderDetails) -> None:
    form = refund_form(staff, order, **{"line-1": "2"})
    refunds.refund_as_staff(order_id=order.id, actor_id=1, items=[StockLine(product_id=1, quantity=1)])
    page = send(staff, at(order, "refund"), **form, confirmed="yes")
    assert "Only 1 of product 1 can still be refunded" in page
    assert Refund.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"line-1": "3"}, "less than or equal to 2"),
        ({"line-1": "-1"}, "greater than or equal to 0"),
        ({"line-1": "one"}, "Enter a whole number"),
        ({"line-1": "0", "line-2": ""}, "Say of at least one line how many are refunded."),
        ({"line-1": "1", "reason": ""}, "This field is required"),
        ({"line-1": "1", "restock": "maybe"}, "Select a valid choice"),
    ],
)
def test_a_refund_that_makes_no_sense_is_told_beside_its_field(
    staff: Client, order: OrderDetails, typed: dict[str, str], said: str
) -> None:
    form = refund_form(staff, order, **typed)
    for confirmed in ({}, {"confirmed": "yes"}):
        page = send(staff, at(order, "refund"), **form, **confirmed)
        if "confirmed" not in confirmed or typed.get("line-1") != "3":
            assert said in page
    assert Refund.objects.count() == 0


def test_going_back_from_the_look_keeps_what_was_typed(staff: Client, order: OrderDetails) -> None:
    form = refund_form(staff, order, **{"line-1": "1", "line-2": "2", "reason": "dented", "restock": "no"})
    page = staff.post(at(order, "refund"), {**form, "change": "yes"}).content.decode()
    assert re.findall(r'name="line-\d" value="(\d)"', page) == ["1", "2"]
    assert ('value="dented"' in page, f'value="{form["key"]}"' in page) == (True, True)
    assert Refund.objects.count() == 0


def test_what_was_shipped_is_not_put_back_unless_somebody_says_so(staff: Client, order: OrderDetails) -> None:
    assert re.search(r'value="yes"[^>]*checked', staff.get(at(order, "refund")).content.decode())
    services.ship_order(order_id=order.id)
    assert re.search(r'value="no"[^>]*checked', staff.get(at(order, "refund")).content.decode())


def test_a_refund_whose_money_is_under_way_is_said_to_be(
    staff: Client, order: OrderDetails, payments: FakePayments
) -> None:
    payments.fails = PeerUnavailable(peer="payments")
    page = send(staff, at(order, "refund"), **refund_form(staff, order, **{"line-1": "1"}), confirmed="yes")
    assert "Refund of 25.50 EUR requested: it waits for the payment provider." in page
    assert "Requested: waits for the payment provider, and goes on by itself" in page
    assert "Refunded 25.50 EUR" not in page
    [made] = refund_selectors.list_refunds(order_id=order.id)
    assert deeds_noted() == [("olga", f"Asked for refund {made.id} of 25.50 EUR: requested.")]


def test_a_refund_that_the_provider_refuses_is_said_to_have_failed(
    staff: Client, order: OrderDetails, payments: FakePayments
) -> None:
    payments.refund_state = RefundState.FAILED
    page = send(staff, at(order, "refund"), **refund_form(staff, order, **{"line-1": "1"}), confirmed="yes")
    assert "25.50 EUR could not be paid back" in page
    assert "The refund of 25.50 EUR failed: refused by the provider." in page
    assert "refund" in buttons(staff, order)


def test_what_was_bought_on_invoice_moves_no_money(
    staff: Client, inventory: FakeInventory, payments: FakePayments, ada: User
) -> None:
    order = services.place_order(user_id=ada.pk, lines=BOTH)
    look = send(staff, at(order, "refund"), **refund_form(staff, order, **{"line-1": "1"}))
    assert "No money moves: nothing was paid through the shop." in look
    assert "No money moves" in read(staff, at(order, "cancel"))
