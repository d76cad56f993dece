"""Placing with a payment: an order ends paid and confirmed, or not charged, cancelled and its stock back."""

from __future__ import annotations

import pytest

from contracts.errors import DeadlineExceeded, Failed, Internal, OutcomeUnknown, PeerUnavailable, Refused
from contracts.inventory import StockLine
from contracts.orders import OrderStatus
from contracts.payments import PaymentDeclined, PaymentDiffers, PaymentInProgress, PaymentStatus
from orders import moves, selectors, services
from orders.errors import OrderInProgress, OrderOvertaken
from orders.models import Order, OrderEvent
from orders.selectors import OrderDetails
from orders.tests.fake_payments import ACTION, FakePayments
from orders.tests.fakes import FakeInventory
from shopflow.messaging.models import OutboxEvent

pytestmark = pytest.mark.django_db(databases=["orders"])

LAMPS = [StockLine(product_id=1, quantity=2)]
SILENCES = [
    PeerUnavailable(peer="payments"),
    OutcomeUnknown(method="charge"),
    DeadlineExceeded(method="charge"),
    Internal(method="charge"),
    PaymentInProgress(order_id=1),
]


def place(method: str = "pm_ok", key: str | None = "k") -> OrderDetails:
    return services.place_order(user_id=7, lines=LAMPS, key=key, payment_method=method)


def history() -> list[tuple[int, str, object]]:
    return list(OrderEvent.objects.order_by("sequence").values_list("sequence", "type", "data"))


def told() -> list[str]:
    return list(OutboxEvent.objects.using("orders").order_by("id").values_list("type", flat=True))


def test_an_order_is_pending_until_it_is_charged_and_then_confirmed(
    inventory: FakeInventory, payments: FakePayments
) -> None:
    seen: list[str] = []
    payments.on_charge = lambda: seen.append(Order.objects.get().status)
    order = place()
    assert (seen, order.status, payments.taken(order.id)) == (["pending"], OrderStatus.CONFIRMED, 5100)
    assert history() == [(1, "order.placed", {}), (2, "order.confirmed", {})]
    assert told() == ["order.placed", "order.confirmed"]
    assert selectors.get_order(order_id=order.id, user_id=7) == order


def test_a_paid_order_takes_two_statements_here(payments: FakePayments, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(2, using="orders"):  # type: ignore[operator]
        place()


def test_a_free_order_is_not_charged(inventory: FakeInventory, payments: FakePayments) -> None:
    inventory.prices[1] = inventory.prices[1].__class__(currency="EUR", minor=0)
    assert place().status is OrderStatus.CONFIRMED
    assert payments.calls == {}


def test_a_declined_payment_cancels_the_order_and_gives_its_stock_back(
    inventory: FakeInventory, payments: FakePayments
) -> None:
    with pytest.raises(PaymentDeclined) as refused:
        place("pm_declined")
    order = Order.objects.get()
    assert refused.value == PaymentDeclined(order_id=order.id, reason="insufficient_funds")
    assert (order.status, inventory.stock[1]) == ("cancelled", 10)
    assert history()[1:] == [(2, "order.cancelled", {"reason": "payment_declined", "declined": "insufficient_funds"})]


def test_a_declined_payment_is_declined_again_under_its_key(inventory: FakeInventory, payments: FakePayments) -> None:
    for _ in range(2):
        with pytest.raises(PaymentDeclined) as refused:
            place("pm_declined")
        assert refused.value == PaymentDeclined(order_id=Order.objects.get().id, reason="insufficient_funds")
    assert (payments.calls["charge"], inventory.stock[1]) == (1, 10)


def test_a_declined_payment_whose_stock_cannot_go_back_now_leaves_it_to_the_event(
    inventory: FakeInventory, payments: FakePayments
) -> None:
    payments.on_charge = lambda: setattr(inventory, "down", True)
    with pytest.raises(PaymentDeclined):
        place("pm_declined")
    assert (inventory.stock[1], told()[-1]) == (8, "order.cancelled")


def test_what_the_customer_has_to_do_is_told_and_kept(inventory: FakeInventory, payments: FakePayments) -> None:
    order = place("pm_requires_action")
    assert (order.status, order.next_action) == (OrderStatus.PENDING, ACTION)
    assert selectors.get_order(order_id=order.id, user_id=7) == order
    assert place("pm_requires_action").next_action == ACTION
    assert (history(), inventory.stock[1]) == ([(1, "order.placed", {})], 8)


def test_once_it_is_done_a_repeated_request_confirms_the_order(
    inventory: FakeInventory, payments: FakePayments
) -> None:
    payments.approve(place("pm_requires_action").id)
    order = place("pm_requires_action")
    assert (order.status, order.next_action) == (OrderStatus.CONFIRMED, None)
    assert Order.objects.get().next_action is None


@pytest.mark.parametrize("silence", SILENCES, ids=lambda error: type(error).__name__)
def test_an_unknown_outcome_leaves_the_order_pending(
    inventory: FakeInventory, payments: FakePayments, silence: Failed
) -> None:
    payments.fails = silence
    order = place()
    assert (order.status, order.next_action, inventory.stock[1]) == (OrderStatus.PENDING, None, 8)


@pytest.mark.parametrize("when", ["fails", "breaks"])
def test_a_repeated_request_goes_on_where_the_first_stopped(
    inventory: FakeInventory, payments: FakePayments, when: str
) -> None:
    setattr(payments, when, OutcomeUnknown(method="charge"))
    pending = place()
    setattr(payments, when, None)
    order = place()
    assert (order.id, order.status) == (pending.id, OrderStatus.CONFIRMED)
    assert (payments.captures[order.id], Order.objects.count(), inventory.stock[1]) == (1, 1, 8)


def test_a_payment_without_an_answer_yet_leaves_the_order_pending(payments: FakePayments) -> None:
    payments.silent = True
    assert place().status is OrderStatus.PENDING


def test_a_repeated_request_does_not_disturb_the_first(inventory: FakeInventory, payments: FakePayments) -> None:
    payments.silent = True
    order = place()
    payments.fails = PaymentInProgress(order_id=order.id)
    with pytest.raises(OrderInProgress):
        place()
    assert Order.objects.get().status == "pending"


def test_a_peer_of_the_release_that_knew_no_statuses_has_taken_the_money(payments: FakePayments) -> None:
    payments.status_less = True
    assert place().status is OrderStatus.CONFIRMED


def test_an_order_that_is_cancelled_while_it_is_paid_gives_the_money_back(
    inventory: FakeInventory, payments: FakePayments
) -> None:
    payments.on_charge = lambda: moves.cancel(selectors.orders_by_id([Order.objects.get().id])[0])
    with pytest.raises(OrderOvertaken):
        place()
    id = Order.objects.get().id
    assert (payments.captures[id], payments.taken(id)) == (1, 0)


def test_an_order_that_the_event_confirms_first_is_confirmed(inventory: FakeInventory, payments: FakePayments) -> None:
    payments.on_charge = lambda: moves.confirm(selectors.orders_by_id([Order.objects.get().id])[0])
    assert place().status is OrderStatus.CONFIRMED
    assert told() == ["order.placed", "order.confirmed"]


def test_an_order_whose_payment_was_called_off_is_cancelled(inventory: FakeInventory, payments: FakePayments) -> None:
    payments.silent = True
    id = place().id
    payments.intents[id].status = PaymentStatus.VOIDED
    with pytest.raises(OrderOvertaken):
        place()
    assert (Order.objects.get().status, inventory.stock[1]) == ("cancelled", 10)


def test_cancelling_a_paid_order_gives_its_money_and_its_stock_back(
    inventory: FakeInventory, payments: FakePayments
) -> None:
    order = place()
    services.cancel_order(order_id=order.id, user_id=7)
    assert (payments.taken(order.id), inventory.stock[1]) == (0, 10)
    assert history()[-1] == (3, "order.cancelled", {"reason": "customer"})


@pytest.mark.parametrize("silence", SILENCES, ids=lambda error: type(error).__name__)
def test_cancelling_while_payments_are_away_leaves_the_money_to_the_event(
    inventory: FakeInventory, payments: FakePayments, silence: Failed
) -> None:
    order = place()
    payments.fails = silence
    assert services.cancel_order(order_id=order.id, user_id=7).status is OrderStatus.CANCELLED
    assert (payments.taken(order.id), told()[-1]) == (5100, "order.cancelled")


def test_cancelling_a_pending_order_closes_its_payment(inventory: FakeInventory, payments: FakePayments) -> None:
    order = place("pm_requires_action")
    services.cancel_order(order_id=order.id, user_id=7)
    assert payments.intents[order.id].status is PaymentStatus.VOIDED
    assert place("pm_requires_action").status is OrderStatus.CANCELLED


def test_an_order_on_invoice_asks_nothing_of_payments(inventory: FakeInventory, payments: FakePayments) -> None:
    services.cancel_order(order_id=place("").id, user_id=7)
    assert payments.calls == {}


@pytest.mark.parametrize("late", [PaymentDeclined(order_id=1, reason="late"), PaymentDiffers(order_id=1)])
def test_an_order_that_stands_keeps_its_stock_whatever_a_late_call_is_told(
    inventory: FakeInventory, payments: FakePayments, late: Refused
) -> None:
    payments.on_charge = lambda: moves.confirm(selectors.orders_by_id([Order.objects.get().id])[0])
    payments.fails = late
    assert place().status is OrderStatus.CONFIRMED
    assert (Order.objects.get().status, inventory.stock[1]) == ("confirmed", 8)


def test_a_decline_that_the_event_told_of_first_is_a_decline(inventory: FakeInventory, payments: FakePayments) -> None:
    payments.on_charge = lambda: moves.give_up(selectors.orders_by_id([Order.objects.get().id])[0], reason="declined")
    with pytest.raises(PaymentDeclined):
        place("pm_declined")
    assert (Order.objects.get().status, inventory.stock[1]) == ("cancelled", 10)


def test_a_reservation_that_inventory_has_lost_does_not_keep_the_money(
    inventory: FakeInventory, payments: FakePayments
) -> None:
    order = place()
    inventory.reservations.clear()
    assert services.cancel_order(order_id=order.id, user_id=7).status is OrderStatus.CANCELLED
    assert payments.taken(order.id) == 0
