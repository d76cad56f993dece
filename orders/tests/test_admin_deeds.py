"""What staff do with an order: cancelled, shipped and delivered by the services of the API."""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from contracts.errors import PeerUnavailable
from contracts.inventory import StockLine
from orders import refunds, services
from orders.selectors import OrderDetails
from orders.tests.fake_payments import FakePayments
from orders.tests.fakes import FakeInventory
from orders.tests.office import DEEDS, at, buttons, deeds_noted, read, send, status, text_of
from shopflow.back_office.tests.people import member

pytestmark = pytest.mark.django_db(databases=["users", "orders"])


@pytest.mark.parametrize("deed", DEEDS)
def test_a_deed_on_an_order_that_is_not_there(staff: Client, deed: str) -> None:
    assert staff.get(reverse(f"admin:orders_order_{deed}", args=[987_654])).status_code == HTTPStatus.NOT_FOUND


def test_cancelling_says_what_it_will_do_and_does_it(
    staff: Client, order: OrderDetails, inventory: FakeInventory, payments: FakePayments
) -> None:
    look = read(staff, at(order, "cancel"))
    assert "2 x Lamp, 3 x Mug can be sold again. 78.00 EUR go back to the customer." in look
    assert (status(order), payments.taken(order.id)) == ("confirmed", 7800)
    page = send(staff, at(order, "cancel"))
    assert f"Order {order.id}: cancelled." in page
    assert re.search(r"Cancelled by staff\. [^,]+, \S+ , by olga", page)
    assert (status(order), inventory.stock[1], payments.taken(order.id)) == ("cancelled", 10, 0)
    assert deeds_noted() == [("olga", "Cancelled.")]
    assert buttons(staff, order) == []


def test_shipping_and_delivering(staff: Client, order: OrderDetails) -> None:
    assert "Tracking number" in read(staff, at(order, "ship"))
    page = send(staff, at(order, "ship"), tracking="DHL 7")
    assert re.search(r"Shipped; the carrier calls it DHL 7\. [^,]+, \S+ , by olga", page)
    assert buttons(staff, order) == ["deliver", "refund"]
    assert re.search(r"Delivered\. [^,]+, \S+ , by olga", send(staff, at(order, "deliver")))
    assert (status(order), buttons(staff, order)) == ("delivered", ["refund"])
    assert deeds_noted() == [("olga", "Marked as shipped."), ("olga", "Marked as delivered.")]


def test_a_tracking_number_that_is_too_long_is_told_beside_its_field(staff: Client, order: OrderDetails) -> None:
    assert "at most 64 characters" in send(staff, at(order, "ship"), tracking="x" * 65)
    assert status(order) == "confirmed"


@pytest.mark.parametrize(
    ("before", "deed", "said"),
    [
        ("ship", "cancel", "Order {} is shipped: it can be refunded, not cancelled."),
        ("cancel", "cancel", "Order {} is cancelled: nothing is left to cancel."),
        ("cancel", "ship", "Order {} is cancelled: there is nothing to ship."),
        ("ship", "ship", "Order {} is shipped: there is nothing to ship."),
        ("cancel", "deliver", "Order {} is cancelled: only a shipped order can arrive."),
        ("refund", "cancel", "Something of order {} was refunded: refund the rest in place of cancelling it."),
    ],
)
def test_a_colleague_was_faster(staff: Client, order: OrderDetails, before: str, deed: str, said: str) -> None:
    one_mug = [StockLine(product_id=2, quantity=1)]
    faster: dict[str, Callable[[], object]] = {
        "ship": lambda: services.ship_order(order_id=order.id),
        "cancel": lambda: services.cancel_order(order_id=order.id, user_id=None),
        "refund": lambda: refunds.refund_as_staff(order_id=order.id, actor_id=1, items=one_mug),
    }
    faster[before]()
    assert said.format(order.id) in send(staff, at(order, deed))
    assert deeds_noted() == []


def test_a_deed_that_came_too_late_is_not_offered_again(staff: Client, order: OrderDetails) -> None:
    services.cancel_order(order_id=order.id, user_id=None)
    for deed in ("ship", "deliver", "cancel"):
        assert f"as order {order.id} is cancelled by now." in text_of(
            staff.get(at(order, deed), follow=True).content.decode()
        )
    assert "nothing can be refunded" in text_of(staff.get(at(order, "refund"), follow=True).content.decode())


def test_what_refunds_stand_in_the_way_of_is_not_offered(
    staff: Client, order: OrderDetails, payments: FakePayments
) -> None:
    a_mug = [StockLine(product_id=2, quantity=1)]
    payments.fails = PeerUnavailable(peer="payments")
    refunds.refund_as_staff(order_id=order.id, actor_id=1, items=a_mug, key="k")
    assert buttons(staff, order) == ["refund"]
    for deed in ("cancel", "ship"):
        page = staff.get(at(order, deed), follow=True).content.decode()
        assert "something of it is refunded or being refunded" in text_of(page)
    payments.fails = None
    refunds.refund_as_staff(order_id=order.id, actor_id=1, items=a_mug, key="k")
    assert buttons(staff, order) == ["ship", "refund"]


@pytest.mark.parametrize(
    ("right", "allowed"),
    [("cancel_order", {"cancel"}), ("refund_order", {"refund"}), ("fulfil_order", {"ship"}), ("view_order", set())],
)
def test_each_deed_needs_its_own_right(client: Client, order: OrderDetails, right: str, allowed: set[str]) -> None:
    looker = member()
    looker.user_permissions.set(
        Permission.objects.filter(content_type__app_label="orders", codename__in=["view_order", right])
    )
    client.force_login(looker)
    assert set(buttons(client, order)) == allowed
    refused = {deed for deed in DEEDS if client.get(at(order, deed)).status_code == HTTPStatus.FORBIDDEN}
    assert {*DEEDS} - refused == (allowed | {"deliver"} if "ship" in allowed else allowed)
    assert {client.post(at(order, deed)).status_code for deed in refused} <= {HTTPStatus.FORBIDDEN}
    assert status(order) == "confirmed"
