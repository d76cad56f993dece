"""Refunds: money and lines come back once, never more than there was, by those who may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from contracts.errors import Failed, OutcomeUnknown, PeerUnavailable
from contracts.inventory import StockLine
from contracts.orders import OrderStatus
from contracts.payments import PaymentInProgress, PaymentStatus, RefundState
from orders import refund_moves, refund_selectors, refunds, selectors, services
from orders.errors import (
    IdempotencyKeyReused,
    NothingToRefund,
    OrderHasRefunds,
    OrderNotFound,
    OrderNotRefundable,
    OrderNotShippable,
    RefundExceedsOrder,
)
from orders.models import Order, OrderEvent, OrderLine, Refund
from orders.refund_selectors import RefundDetails
from orders.selectors import OrderDetails
from orders.tests.fake_payments import FakePayments
from orders.tests.fakes import FakeInventory
from shopflow.messaging.models import OutboxEvent

pytestmark = pytest.mark.django_db(databases=["orders"])

LINES = [StockLine(product_id=1, quantity=2), StockLine(product_id=2, quantity=3)]
ONE_LAMP = [StockLine(product_id=1, quantity=1)]
TOTAL = 2 * 2550 + 3 * 900
STAFF = 99


@pytest.fixture
def order(inventory: FakeInventory, payments: FakePayments) -> OrderDetails:
    return services.place_order(user_id=7, lines=LINES, payment_method="pm_ok")


def refund(order: OrderDetails, *items: StockLine, key: str | None = None, reason: str = "") -> RefundDetails:
    return refunds.refund_own(order_id=order.id, user_id=7, items=items, key=key, reason=reason)


def now(order: OrderDetails) -> tuple[str, int, list[int]]:
    """The status, the money that went back, and the quantities of the lines that did."""
    found = selectors.get_order(order_id=order.id, user_id=7)
    return found.status.value, found.refunded, [line.refunded for line in found.lines]


def told(order: OrderDetails) -> list[tuple[str, Any]]:
    events = OutboxEvent.objects.using("orders").filter(aggregate_id=f"order:{order.id}", type__contains="refund")
    return list(events.order_by("id").values_list("type", "data"))


def ship(order: OrderDetails) -> None:
    services.ship_order(order_id=order.id)


def test_a_whole_refund_gives_everything_back(order: OrderDetails, payments: FakePayments) -> None:
    made = refund(order, reason="too bright")
    assert (made.state, made.amount, made.lines) == (RefundState.SUCCEEDED, TOTAL, ((1, 2), (2, 3)))
    assert (made.restock, made.reason) == (True, "too bright")
    assert now(order) == ("refunded", TOTAL, [2, 3])
    assert payments.taken(order.id) == 0


def test_a_refund_is_told_when_it_is_asked_for_and_when_it_is_made(order: OrderDetails) -> None:
    made = refund(order, *ONE_LAMP)
    data = {
        "order_id": order.id,
        "user_id": 7,
        "refund_id": made.id,
        "amount": 2550,
        "currency": "EUR",
        "lines": [[1, 1]],
        "restock": True,
    }
    assert told(order) == [("order.refund_requested", data), ("order.refunded", {**data, "whole": False})]
    assert now(order) == ("confirmed", 2550, [1, 0])


def test_what_is_left_can_be_refunded_until_nothing_is(order: OrderDetails, payments: FakePayments) -> None:
    refund(order, *ONE_LAMP)
    refund(order, StockLine(product_id=2, quantity=3))
    assert now(order) == ("confirmed", 2550 + 2700, [1, 3])
    refund(order)
    assert now(order) == ("refunded", TOTAL, [2, 3])
    assert [data["whole"] for name, data in told(order) if name == "order.refunded"] == [False, False, True]
    with pytest.raises(OrderNotRefundable):
        refund(order)


@pytest.mark.parametrize(
    ("items", "product_id", "refundable"),
    [
        ([StockLine(product_id=1, quantity=3)], 1, 2),
        ([StockLine(product_id=1, quantity=2), StockLine(product_id=1, quantity=1)], 1, 2),
        ([StockLine(product_id=2, quantity=1), StockLine(product_id=3, quantity=1)], 3, 0),
    ],
)
def test_more_than_was_ordered_is_refused(
    order: OrderDetails, payments: FakePayments, items: list[StockLine], product_id: int, refundable: int
) -> None:
    with pytest.raises(RefundExceedsOrder) as refused:
        refund(order, *items)
    assert refused.value == RefundExceedsOrder(order_id=order.id, product_id=product_id, refundable=refundable)
    assert (now(order), payments.taken(order.id)) == (("confirmed", 0, [0, 0]), TOTAL)


def test_an_order_on_invoice_comes_back_without_money(inventory: FakeInventory, payments: FakePayments) -> None:
    order = services.place_order(user_id=7, lines=LINES)
    assert refund(order).amount == 0
    assert now(order) == ("refunded", 0, [2, 3])
    assert payments.calls == {}


def test_a_free_line_comes_back_without_money(inventory: FakeInventory, payments: FakePayments) -> None:
    inventory.prices[1] = inventory.prices[1].__class__(currency="EUR", minor=0)
    order = services.place_order(user_id=7, lines=LINES, payment_method="pm_ok")
    assert refund(order, *ONE_LAMP).state is RefundState.SUCCEEDED
    assert (now(order), payments.calls["refund"]) == (("confirmed", 0, [1, 0]), 0)
    refund(order, StockLine(product_id=2, quantity=3))
    assert now(order) == ("confirmed", 2700, [1, 3])
    refund(order)
    assert now(order) == ("refunded", 2700, [2, 3])


@pytest.mark.parametrize(
    "silence",
    [PeerUnavailable(peer="payments"), OutcomeUnknown(method="refund"), PaymentInProgress(order_id=1)],
    ids=lambda error: type(error).__name__,
)
def test_a_refund_stays_requested_while_nobody_knows_what_became_of_it(
    order: OrderDetails, payments: FakePayments, silence: Failed
) -> None:
    payments.fails = silence
    assert refund(order, *ONE_LAMP).state is RefundState.REQUESTED
    assert now(order) == ("confirmed", 0, [1, 0])


def test_a_refund_that_the_provider_is_still_about_stays_requested(order: OrderDetails, payments: FakePayments) -> None:
    payments.refund_state = RefundState.REQUESTED
    assert refund(order).state is RefundState.REQUESTED
    assert now(order) == ("confirmed", 0, [2, 3])


def test_a_refund_that_fails_leaves_the_order_as_it_was(order: OrderDetails, payments: FakePayments) -> None:
    payments.refund_state = RefundState.FAILED
    made = refund(order)
    assert made.state is RefundState.FAILED
    assert now(order) == ("confirmed", 0, [0, 0])
    assert [name for name, _ in told(order)] == ["order.refund_requested", "order.refund_failed"]
    payments.refund_state = RefundState.SUCCEEDED
    assert refund(order).state is RefundState.SUCCEEDED


def test_a_refund_that_payments_refuses_fails(order: OrderDetails, payments: FakePayments) -> None:
    payments.intents[order.id].refunded = TOTAL - 1
    assert refund(order).state is RefundState.FAILED
    last = OrderEvent.objects.filter(order_id=order.id).latest("sequence")
    assert (last.type, last.data["reason"]) == ("order.refund_failed", "refund_too_large")


def test_a_key_refunds_once(order: OrderDetails, payments: FakePayments) -> None:
    first = refund(order, *ONE_LAMP, key="k")
    assert refund(order, *ONE_LAMP, key="k") == first
    assert (now(order), payments.calls["refund"]) == (("confirmed", 2550, [1, 0]), 1)
    with pytest.raises(IdempotencyKeyReused):
        refund(order, StockLine(product_id=1, quantity=2), key="k")


def test_a_key_under_which_staff_say_otherwise_is_refused(order: OrderDetails) -> None:
    refunds.refund_as_staff(order_id=order.id, actor_id=STAFF, items=ONE_LAMP, restock=True, key="k")
    with pytest.raises(IdempotencyKeyReused):
        refunds.refund_as_staff(order_id=order.id, actor_id=STAFF, items=ONE_LAMP, restock=False, key="k")


def test_a_key_of_a_whole_refund_gives_that_refund(order: OrderDetails) -> None:
    assert refund(order, key="k") == refund(order, key="k")


def test_a_key_whose_first_attempt_died_goes_on_from_there(order: OrderDetails, payments: FakePayments) -> None:
    payments.breaks = OutcomeUnknown(method="refund")
    requested = refund(order, *ONE_LAMP, key="k")
    payments.breaks = None
    made = refund(order, *ONE_LAMP, key="k")
    assert (made.id, made.state) == (requested.id, RefundState.SUCCEEDED)
    assert (now(order), payments.taken(order.id)) == (("confirmed", 2550, [1, 0]), TOTAL - 2550)


def test_settling_a_refund_twice_is_settling_it_once(order: OrderDetails, payments: FakePayments) -> None:
    made = refund(order, *ONE_LAMP)
    assert not refund_moves.succeed(made)
    assert not refund_moves.fail(made, reason="late")
    assert (now(order), len(told(order))) == (("confirmed", 2550, [1, 0]), 2)


def test_the_last_of_two_refunds_under_way_makes_the_order_refunded(
    order: OrderDetails, payments: FakePayments
) -> None:
    payments.fails = PeerUnavailable(peer="payments")
    lamps, mugs = refund(order, StockLine(product_id=1, quantity=2)), refund(order)
    assert refund_moves.succeed(mugs)
    assert now(order) == ("confirmed", 2700, [2, 3])
    assert refund_moves.succeed(lamps)
    assert now(order) == ("refunded", TOTAL, [2, 3])


def test_a_customer_refunds_only_their_own_order_and_only_before_it_is_shipped(order: OrderDetails) -> None:
    with pytest.raises(OrderNotFound):
        refunds.refund_own(order_id=order.id, user_id=8)
    ship(order)
    with pytest.raises(OrderNotRefundable) as refused:
        refund(order)
    assert refused.value == OrderNotRefundable(order_id=order.id, order_status=OrderStatus.SHIPPED)


@pytest.mark.parametrize("method", ["pm_requires_action", "pm_ok"])
def test_what_is_not_paid_is_not_refunded(inventory: FakeInventory, payments: FakePayments, method: str) -> None:
    payments.silent = True
    order = services.place_order(user_id=7, lines=LINES, payment_method=method)
    for refuse in (refund, lambda order: refunds.refund_as_staff(order_id=order.id, actor_id=STAFF)):
        with pytest.raises(OrderNotRefundable):
            refuse(order)


@pytest.mark.parametrize(("said", "before", "after"), [(None, True, False), (True, True, True), (False, False, False)])
def test_staff_say_whether_it_can_be_sold_again(
    order: OrderDetails, said: bool | None, before: bool, after: bool
) -> None:
    made = refunds.refund_as_staff(order_id=order.id, actor_id=STAFF, items=ONE_LAMP, restock=said)
    assert made.restock is before
    ship(order)
    made = refunds.refund_as_staff(order_id=order.id, actor_id=STAFF, items=ONE_LAMP, restock=said)
    assert made.restock is after
    assert now(order) == ("shipped", 2 * 2550, [2, 0])


def test_a_return_comes_after_shipping_and_can_be_sold_again(order: OrderDetails) -> None:
    with pytest.raises(OrderNotRefundable):
        refunds.take_back(order_id=order.id, actor_id=STAFF)
    ship(order)
    assert refunds.take_back(order_id=order.id, actor_id=STAFF, items=ONE_LAMP).restock
    services.deliver_order(order_id=order.id)
    assert refunds.take_back(order_id=order.id, actor_id=STAFF).restock
    assert now(order) == ("refunded", TOTAL, [2, 3])


def test_what_was_refunded_in_part_is_not_cancelled(order: OrderDetails, payments: FakePayments) -> None:
    refund(order, *ONE_LAMP)
    with pytest.raises(OrderHasRefunds):
        services.cancel_order(order_id=order.id, user_id=7)
    assert (now(order)[0], payments.taken(order.id)) == ("confirmed", TOTAL - 2550)


def test_a_refund_that_failed_does_not_keep_an_order_from_being_cancelled(
    order: OrderDetails, payments: FakePayments
) -> None:
    payments.refund_state = RefundState.FAILED
    refund(order)
    assert services.cancel_order(order_id=order.id, user_id=7).status is OrderStatus.CANCELLED
    assert payments.intents[order.id].status is PaymentStatus.REFUNDED


def test_what_is_being_refunded_is_not_shipped(order: OrderDetails, payments: FakePayments) -> None:
    payments.fails = PeerUnavailable(peer="payments")
    made = refund(order, *ONE_LAMP)
    with pytest.raises(OrderNotShippable):
        ship(order)
    refund_moves.succeed(made)
    ship(order)
    assert now(order)[0] == "shipped"


def test_a_cancelled_order_is_not_refunded(order: OrderDetails) -> None:
    services.cancel_order(order_id=order.id, user_id=7)
    with pytest.raises(OrderNotRefundable):
        refunds.refund_as_staff(order_id=order.id, actor_id=STAFF)
    assert not Refund.objects.exists()


def outrun(monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], object]) -> None:
    """Something happens to the order between what a refund read and what it asks for."""
    request = refund_moves.request

    def late(*args: Any, **kwargs: Any) -> bool:
        monkeypatch.setattr(refund_moves, "request", request)
        meanwhile()
        return request(*args, **kwargs)

    monkeypatch.setattr(refund_moves, "request", late)


def test_one_that_was_outrun_by_another_is_refused(order: OrderDetails, monkeypatch: pytest.MonkeyPatch) -> None:
    outrun(monkeypatch, lambda: refund(order, StockLine(product_id=1, quantity=2)))
    with pytest.raises(RefundExceedsOrder) as refused:
        refund(order, *ONE_LAMP)
    assert refused.value.refundable == 0


def test_one_that_was_outrun_by_the_last_is_refused(order: OrderDetails, monkeypatch: pytest.MonkeyPatch) -> None:
    outrun(monkeypatch, lambda: refund(order))
    with pytest.raises(OrderNotRefundable):
        refund(order)


def test_a_whole_one_that_was_outrun_takes_what_is_left(order: OrderDetails, monkeypatch: pytest.MonkeyPatch) -> None:
    outrun(monkeypatch, lambda: refund(order, *ONE_LAMP))
    assert refund(order).lines == ((1, 1), (2, 3))


def test_what_was_shipped_at_the_last_moment_is_not_sold_again(
    order: OrderDetails, monkeypatch: pytest.MonkeyPatch
) -> None:
    outrun(monkeypatch, lambda: ship(order))
    assert not refunds.refund_as_staff(order_id=order.id, actor_id=STAFF, items=ONE_LAMP).restock


def test_nothing_left_while_others_are_under_way_is_said(order: OrderDetails, payments: FakePayments) -> None:
    payments.fails = PeerUnavailable(peer="payments")
    refund(order)
    with pytest.raises(NothingToRefund):
        refund(order)


def test_the_refunds_of_an_order_are_listed_from_the_oldest_on(order: OrderDetails) -> None:
    made = [refund(order, *ONE_LAMP), refund(order)]
    assert refund_selectors.list_refunds(order_id=order.id) == made
    assert OrderLine.objects.filter(refunded__gt=0).count() == 2
    assert Order.objects.get().version == 6
