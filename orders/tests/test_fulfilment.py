"""Shipping and delivering, and what the other contexts are told of an order that has gone further."""

from __future__ import annotations

import pytest

from contracts.inventory import StockLine
from contracts.money import Money
from contracts.orders import GetOrders, GetReservationClaims, OrderStatus
from orders import refunds, services
from orders.errors import OrderNotCancellable, OrderNotDeliverable, OrderNotFound, OrderNotShippable
from orders.local import Orders
from orders.models import OrderEvent
from orders.selectors import OrderDetails
from orders.tests.fake_payments import FakePayments
from orders.tests.fakes import FakeInventory
from shopflow.messaging.models import OutboxEvent

pytestmark = pytest.mark.django_db(databases=["orders"])

LAMPS = [StockLine(product_id=1, quantity=2)]


@pytest.fixture
def order(inventory: FakeInventory, payments: FakePayments) -> OrderDetails:
    return services.place_order(user_id=7, lines=LAMPS, payment_method="pm_ok")


def test_a_confirmed_order_is_shipped_and_then_delivered(order: OrderDetails) -> None:
    assert services.ship_order(order_id=order.id, tracking="1Z999").status is OrderStatus.SHIPPED
    assert services.deliver_order(order_id=order.id).status is OrderStatus.DELIVERED
    events = OrderEvent.objects.filter(sequence__gt=2).order_by("sequence")
    assert list(events.values_list("type", "data")) == [
        ("order.shipped", {"tracking": "1Z999"}),
        ("order.delivered", {}),
    ]
    told = OutboxEvent.objects.using("orders").order_by("-id")[:2]
    assert [event.data for event in told] == [
        {"order_id": order.id, "user_id": 7},
        {"order_id": order.id, "user_id": 7, "tracking": "1Z999"},
    ]


def test_each_comes_once_and_in_its_turn(order: OrderDetails) -> None:
    with pytest.raises(OrderNotDeliverable):
        services.deliver_order(order_id=order.id)
    services.ship_order(order_id=order.id)
    with pytest.raises(OrderNotShippable) as refused:
        services.ship_order(order_id=order.id)
    assert refused.value.order_status is OrderStatus.SHIPPED
    with pytest.raises(OrderNotFound):
        services.ship_order(order_id=order.id + 1)


def test_what_is_shipped_is_not_cancelled(order: OrderDetails) -> None:
    services.ship_order(order_id=order.id)
    with pytest.raises(OrderNotCancellable):
        services.cancel_order(order_id=order.id, user_id=7)


def test_staff_cancel_anybodys_order(order: OrderDetails, payments: FakePayments) -> None:
    services.cancel_order(order_id=order.id, user_id=None)
    assert OrderEvent.objects.latest("sequence").data == {"reason": "staff"}
    assert payments.taken(order.id) == 0


def test_to_inventory_an_order_that_has_gone_further_stands(order: OrderDetails) -> None:
    def claimed() -> OrderStatus:
        asked = GetReservationClaims(reservation_ids=(order.reservation_id,))
        return Orders().get_reservation_claims(asked).claims[0].status

    for move in (
        lambda: services.ship_order(order_id=order.id),
        lambda: services.deliver_order(order_id=order.id),
        lambda: refunds.take_back(order_id=order.id, actor_id=1),
    ):
        move()
        assert claimed() is OrderStatus.CONFIRMED


def test_to_the_others_it_is_as_it_is_with_what_went_back(order: OrderDetails) -> None:
    refunds.refund_own(order_id=order.id, user_id=7, items=[StockLine(product_id=1, quantity=1)])
    services.ship_order(order_id=order.id)
    summary = Orders().get_orders(GetOrders(order_ids=(order.id,))).orders[0]
    assert (summary.status, summary.refunded) == (OrderStatus.SHIPPED, Money(currency="EUR", minor=2550))
