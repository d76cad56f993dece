"""Placing and cancelling: each order stands on one reservation, and a key orders once."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from contracts.inventory import MixedCurrencies, OutOfStock, ProductNotFound, ReservationState, StockLine
from contracts.orders import OrderStatus
from orders import selectors, services
from orders.errors import (
    IdempotencyKeyReused,
    OrderNotCancellable,
    OrderNotFound,
    ReservationLapsed,
)
from orders.idempotency import reserve
from orders.models import Order, OrderEvent, OrderLine
from orders.selectors import OrderDetails
from orders.tests.fakes import FakeInventory
from shopflow.messaging.models import OutboxEvent

pytestmark = pytest.mark.django_db(databases=["orders"])

LAMPS = [StockLine(product_id=1, quantity=2)]
LAMP_AND_MUGS = [StockLine(product_id=2, quantity=3), StockLine(product_id=1, quantity=1)]


def history(order: OrderDetails) -> list[tuple[int, str]]:
    return list(OrderEvent.objects.filter(order_id=order.id).order_by("sequence").values_list("sequence", "type"))


def told(order: OrderDetails) -> list[str]:
    events = OutboxEvent.objects.using("orders").filter(aggregate_id=f"order:{order.id}").order_by("id")
    return list(events.values_list("type", flat=True))


def test_an_order_is_confirmed_at_once_with_the_prices_of_the_day(inventory: FakeInventory) -> None:
    order = services.place_order(user_id=7, lines=LAMP_AND_MUGS)
    assert (order.status, order.currency, order.total) == (OrderStatus.CONFIRMED, "EUR", 2550 + 3 * 900)
    assert [(line.product_id, line.name, line.quantity, line.unit_price) for line in order.lines] == [
        (1, "Lamp", 1, 2550),
        (2, "Mug", 3, 900),
    ]
    row = Order.objects.get(id=order.id)
    assert (row.user_id, row.status, row.total, str(row.reservation_id)) == (7, "confirmed", 5250, order.reservation_id)
    assert OrderLine.objects.filter(order=row).count() == 2
    assert inventory.stock[1] == 9


def test_what_place_order_returns_is_what_a_later_read_finds(inventory: FakeInventory) -> None:
    order = services.place_order(user_id=7, lines=LAMP_AND_MUGS)
    assert selectors.get_order(order_id=order.id, user_id=7) == order


def test_an_order_has_its_history_and_its_event_from_the_first_moment(inventory: FakeInventory) -> None:
    order = services.place_order(user_id=7, lines=LAMPS)
    assert history(order) == [(1, "order.confirmed")]
    event = OutboxEvent.objects.using("orders").get()
    assert (event.type, event.aggregate_id) == ("order.confirmed", f"order:{order.id}")
    assert event.data == {
        "order_id": order.id,
        "user_id": 7,
        "reservation_id": order.reservation_id,
        "total": 5100,
        "currency": "EUR",
    }


@pytest.mark.parametrize("lines", [1, 20])
def test_placing_takes_one_statement_here_with_or_without_a_key(
    inventory: FakeInventory, lines: int, django_assert_num_queries: object
) -> None:
    for id in range(10, 10 + lines):
        inventory.stock[id], inventory.prices[id], inventory.names[id] = 5, inventory.prices[1], f"Thing {id}"
    wanted = [StockLine(product_id=id, quantity=1) for id in range(10, 10 + lines)]
    for key in (None, "k"):
        with django_assert_num_queries(1, using="orders"):  # type: ignore[operator]
            services.place_order(user_id=7, lines=wanted, key=key)


def test_what_inventory_refuses_is_not_ordered(inventory: FakeInventory) -> None:
    with pytest.raises(OutOfStock):
        services.place_order(user_id=7, lines=[StockLine(product_id=1, quantity=11)], key="k")
    with pytest.raises(ProductNotFound):
        services.place_order(user_id=7, lines=[StockLine(product_id=99, quantity=1)])
    assert not Order.objects.exists()


def test_a_refused_order_can_be_tried_again_under_its_key(inventory: FakeInventory) -> None:
    with pytest.raises(OutOfStock):
        services.place_order(user_id=7, lines=[StockLine(product_id=1, quantity=11)], key="k")
    inventory.stock[1] = 11
    order = services.place_order(user_id=7, lines=[StockLine(product_id=1, quantity=11)], key="k")
    assert order.status is OrderStatus.CONFIRMED


def test_products_in_two_currencies_make_no_order_and_their_stock_goes_back(inventory: FakeInventory) -> None:
    with pytest.raises(MixedCurrencies) as refused:
        services.place_order(user_id=7, lines=[*LAMPS, StockLine(product_id=3, quantity=1)])
    assert refused.value.currencies == "EUR,USD"
    assert (inventory.stock[1], inventory.stock[3]) == (10, 5)
    assert not Order.objects.exists()


def test_a_key_orders_once(inventory: FakeInventory) -> None:
    first = services.place_order(user_id=7, lines=LAMP_AND_MUGS, key="k")
    again = services.place_order(user_id=7, lines=list(reversed(LAMP_AND_MUGS)), key="k")
    assert again == first
    assert (Order.objects.count(), inventory.stock[1]) == (1, 9)


def test_a_key_belongs_to_its_user(inventory: FakeInventory) -> None:
    mine = services.place_order(user_id=7, lines=LAMPS, key="k")
    other = services.place_order(user_id=8, lines=LAMPS, key="k")
    assert mine.id != other.id


def test_a_key_with_another_body_is_refused(inventory: FakeInventory) -> None:
    services.place_order(user_id=7, lines=LAMPS, key="k")
    with pytest.raises(IdempotencyKeyReused):
        services.place_order(user_id=7, lines=LAMP_AND_MUGS, key="k")
    assert inventory.stock[1] == 8


def test_a_key_whose_first_attempt_died_before_the_order_finishes_it(inventory: FakeInventory) -> None:
    held = reserve(user_id=7, lines=LAMPS, key="k")
    order = services.place_order(user_id=7, lines=LAMPS, key="k")
    assert order.reservation_id == held.reservation_id
    assert inventory.stock[1] == 8


def test_a_key_whose_first_attempt_died_with_another_body_is_refused(inventory: FakeInventory) -> None:
    reserve(user_id=7, lines=LAMPS, key="k")
    with pytest.raises(IdempotencyKeyReused):
        services.place_order(user_id=7, lines=LAMP_AND_MUGS, key="k")


def test_a_key_whose_first_attempt_died_and_expired_starts_afresh(inventory: FakeInventory) -> None:
    for _ in range(2):
        inventory.expire(reserve(user_id=7, lines=LAMPS, key="k").reservation_id)
    order = services.place_order(user_id=7, lines=LAMPS, key="k")
    assert order.status is OrderStatus.CONFIRMED
    assert inventory.reservations[order.reservation_id].state is ReservationState.HELD
    assert inventory.stock[1] == 8


def test_a_reservation_that_ran_out_before_the_insert_makes_no_order_and_is_left_to_its_expiry(
    inventory: FakeInventory,
) -> None:
    inventory.ttl = timedelta(seconds=-1)
    with pytest.raises(ReservationLapsed):
        services.place_order(user_id=7, lines=LAMPS, key="k")
    assert not Order.objects.exists()
    assert [held.state for held in inventory.reservations.values()] == [ReservationState.HELD]


def test_a_key_whose_order_stands_on_an_earlier_attempt_gives_back_what_a_later_one_held(
    inventory: FakeInventory,
) -> None:
    order = services.place_order(user_id=7, lines=LAMPS, key="k")
    Order.objects.filter(id=order.id).update(reservation_id=uuid.uuid4())
    again = services.place_order(user_id=7, lines=LAMPS, key="k")
    assert again.id == order.id
    assert inventory.reservations[order.reservation_id].state is ReservationState.RELEASED


def test_an_order_that_appears_under_its_key_at_the_last_moment_keeps_its_stock(
    inventory: FakeInventory, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = services.place_order(user_id=7, lines=LAMPS, key="k")
    monkeypatch.setattr(selectors, "find_by_reservation", lambda **_: None)
    assert services.place_order(user_id=7, lines=LAMPS, key="k").id == order.id
    assert inventory.reservations[order.reservation_id].state is ReservationState.HELD


def test_a_key_whose_order_was_cancelled_gives_that_order(inventory: FakeInventory) -> None:
    order = services.place_order(user_id=7, lines=LAMPS, key="k")
    services.cancel_order(order_id=order.id, user_id=7)
    again = services.place_order(user_id=7, lines=LAMPS, key="k")
    assert (again.id, again.status) == (order.id, OrderStatus.CANCELLED)
    assert inventory.stock[1] == 10


def test_cancelling_puts_the_stock_back_and_tells(inventory: FakeInventory) -> None:
    order = services.place_order(user_id=7, lines=LAMPS)
    cancelled = services.cancel_order(order_id=order.id, user_id=7)
    assert cancelled.status is OrderStatus.CANCELLED
    assert inventory.stock[1] == 10
    assert history(order) == [(1, "order.confirmed"), (2, "order.cancelled")]
    assert told(order) == ["order.confirmed", "order.cancelled"]


def test_cancelling_twice_is_too_late(inventory: FakeInventory) -> None:
    order = services.place_order(user_id=7, lines=LAMPS)
    services.cancel_order(order_id=order.id, user_id=7)
    with pytest.raises(OrderNotCancellable) as refused:
        services.cancel_order(order_id=order.id, user_id=7)
    assert refused.value == OrderNotCancellable(order_id=order.id, order_status=OrderStatus.CANCELLED)
    assert inventory.stock[1] == 10
    assert told(order) == ["order.confirmed", "order.cancelled"]


def test_cancelling_while_inventory_is_down_leaves_the_stock_to_the_event(inventory: FakeInventory) -> None:
    order = services.place_order(user_id=7, lines=LAMPS)
    inventory.down = True
    assert services.cancel_order(order_id=order.id, user_id=7).status is OrderStatus.CANCELLED
    assert inventory.stock[1] == 8
    assert told(order)[-1] == "order.cancelled"


def test_anothers_order_cannot_be_cancelled_or_seen(inventory: FakeInventory) -> None:
    order = services.place_order(user_id=7, lines=LAMPS)
    with pytest.raises(OrderNotFound):
        services.cancel_order(order_id=order.id, user_id=8)
    assert Order.objects.get().status == "confirmed"


def test_the_database_itself_refuses_a_status_that_is_not_legal(inventory: FakeInventory) -> None:
    services.place_order(user_id=7, lines=LAMPS)
    with pytest.raises(IntegrityError, match="order_status_is_legal"), transaction.atomic(using="orders"):
        Order.objects.update(status="lost")
