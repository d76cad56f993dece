"""What was left behind is finished or called off, in whichever state it was left."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F

from contracts.errors import OutcomeUnknown, PeerUnavailable
from contracts.inventory import StockLine
from contracts.payments import PaymentInProgress, PaymentStatus, RefundState
from orders import recovery, refunds, services
from orders.models import Order, OrderEvent, Refund
from orders.recovery import UNKNOWN_SECONDS, recover_orders
from orders.selectors import OrderDetails
from orders.tests.fake_payments import FakePayments
from orders.tests.fakes import FakeInventory
from tests.threads import all_at_once

pytestmark = pytest.mark.django_db(databases=["orders"])

LAMPS = [StockLine(product_id=1, quantity=2)]
AWAY = PeerUnavailable(peer="payments")


@pytest.fixture(autouse=True)
def _limits(settings: Any) -> None:
    settings.RECOVERY_SECONDS, settings.PAYMENT_ACTION_SECONDS = 60, 300


def left_behind(payments: FakePayments, method: str = "pm_ok") -> OrderDetails:
    """A pending order whose request died before, or after, payments heard of it."""
    payments.fails = AWAY
    order = services.place_order(user_id=7, lines=LAMPS, payment_method=method, key="k")
    payments.fails = None
    grows_older(61)
    return order


def grows_older(seconds: float) -> None:
    by = timedelta(seconds=seconds)
    for rows in (Order.objects, Refund.objects):
        rows.update(created_at=F("created_at") - by, recover_at=F("recover_at") - by)


def status() -> str:
    return Order.objects.get().status


def last_facts() -> Any:
    return OrderEvent.objects.latest("sequence").data


def test_an_order_that_was_not_charged_is_charged_and_confirmed(
    inventory: FakeInventory, payments: FakePayments
) -> None:
    order = left_behind(payments)
    assert recover_orders() == 1
    assert (status(), payments.taken(order.id), inventory.stock[1]) == ("confirmed", 5100, 8)
    assert recover_orders() == 0


def test_an_order_that_was_charged_is_confirmed_and_not_charged_again(
    inventory: FakeInventory, payments: FakePayments
) -> None:
    payments.breaks = OutcomeUnknown(method="charge")
    order = services.place_order(user_id=7, lines=LAMPS, payment_method="pm_ok")
    payments.breaks = None
    grows_older(61)
    recover_orders()
    assert (status(), payments.captures[order.id]) == ("confirmed", 1)


def test_an_order_whose_payment_is_declined_is_cancelled(inventory: FakeInventory, payments: FakePayments) -> None:
    left_behind(payments, "pm_declined")
    recover_orders()
    assert (status(), inventory.stock[1]) == ("cancelled", 10)
    assert last_facts() == {"reason": "payment_declined", "declined": "insufficient_funds"}


def test_an_order_whose_payment_was_called_off_is_cancelled(inventory: FakeInventory, payments: FakePayments) -> None:
    order = left_behind(payments)
    payments.silent = True
    recover_orders()
    payments.intents[order.id].status = PaymentStatus.VOIDED
    grows_older(30)
    recover_orders()
    assert (status(), inventory.stock[1]) == ("cancelled", 10)


def test_a_young_order_is_left_to_its_request(payments: FakePayments) -> None:
    payments.fails = AWAY
    services.place_order(user_id=7, lines=LAMPS, payment_method="pm_ok")
    grows_older(59)
    assert recover_orders() == 0


@pytest.mark.parametrize("silence", [AWAY, PaymentInProgress(order_id=1)], ids=["away", "in progress"])
def test_what_is_still_unknown_is_looked_at_later_and_less_often(payments: FakePayments, silence: Any) -> None:
    left_behind(payments)
    payments.fails = silence
    pauses = []
    for _ in range(3):
        assert recover_orders() == 1
        assert recover_orders() == 0
        pauses.append((Order.objects.get().recover_at - Order.objects.get().created_at).total_seconds())  # type: ignore[operator]
        grows_older(120)
    assert status() == "pending"
    assert [round(later - sooner) for sooner, later in zip([61, 181, 301], pauses, strict=True)] == [15, 45, 60]


def test_what_stays_unknown_too_long_is_cancelled_and_called_off(
    inventory: FakeInventory, payments: FakePayments
) -> None:
    order = left_behind(payments)
    payments.silent = True
    recover_orders()
    assert status() == "pending"
    grows_older(UNKNOWN_SECONDS)
    recover_orders()
    assert (status(), inventory.stock[1]) == ("cancelled", 10)
    assert last_facts() == {"reason": "not_paid_in_time"}
    assert payments.intents[order.id].status is PaymentStatus.VOIDED


def test_what_stays_unknown_is_cancelled_also_where_payments_are_away(
    inventory: FakeInventory, payments: FakePayments
) -> None:
    left_behind(payments)
    grows_older(UNKNOWN_SECONDS)
    payments.fails = AWAY
    recover_orders()
    assert (status(), inventory.stock[1]) == ("cancelled", 10)


def test_a_customer_who_has_something_to_do_has_their_time_for_it(
    inventory: FakeInventory, payments: FakePayments
) -> None:
    order = services.place_order(user_id=7, lines=LAMPS, payment_method="pm_requires_action")
    grows_older(299)
    assert (recover_orders(), status()) == (0, "pending")
    grows_older(2)
    assert (recover_orders(), status(), inventory.stock[1]) == (1, "cancelled", 10)
    assert payments.intents[order.id].status is PaymentStatus.VOIDED


def test_a_customer_who_did_it_in_time_has_their_order_though_we_were_not_told(payments: FakePayments) -> None:
    order = services.place_order(user_id=7, lines=LAMPS, payment_method="pm_requires_action")
    payments.approve(order.id)
    grows_older(301)
    recover_orders()
    assert (status(), payments.taken(order.id)) == ("confirmed", 5100)


def test_an_order_that_comes_to_need_an_action_later_is_kept_for_it(payments: FakePayments) -> None:
    left_behind(payments, "pm_requires_action")
    recover_orders()
    assert Order.objects.get().next_action is not None
    assert (recover_orders(), status()) == (0, "pending")


def test_a_refund_that_was_left_behind_is_made(inventory: FakeInventory, payments: FakePayments) -> None:
    order = services.place_order(user_id=7, lines=LAMPS, payment_method="pm_ok")
    payments.breaks = OutcomeUnknown(method="refund")
    refunds.refund_own(order_id=order.id, user_id=7)
    payments.breaks = None
    assert recover_orders() == 0
    grows_older(61)
    assert recover_orders() == 1
    assert (status(), Refund.objects.get().state, payments.taken(order.id)) == ("refunded", "succeeded", 0)


def test_a_refund_that_is_still_unknown_is_looked_at_later(inventory: FakeInventory, payments: FakePayments) -> None:
    order = services.place_order(user_id=7, lines=LAMPS, payment_method="pm_ok")
    payments.refund_state = RefundState.REQUESTED
    refunds.refund_own(order_id=order.id, user_id=7)
    grows_older(61)
    assert (recover_orders(), recover_orders()) == (1, 0)
    payments.refund_state = RefundState.FAILED
    grows_older(16)
    assert recover_orders() == 1
    assert (status(), Refund.objects.get().state) == ("confirmed", "failed")


def test_one_order_that_breaks_does_not_hold_up_the_others(inventory: FakeInventory, payments: FakePayments) -> None:
    payments.fails = AWAY
    for method in ("pm_declined", "pm_ok"):
        services.place_order(user_id=7, lines=LAMPS, payment_method=method)
    payments.fails = None
    grows_older(61)
    inventory.down = True
    assert recover_orders() == 2
    assert list(Order.objects.order_by("id").values_list("status", flat=True)) == ["cancelled", "confirmed"]


@pytest.mark.django_db(databases=["orders"], transaction=True)
def test_two_recoveries_at_once_share_the_work(inventory: FakeInventory, payments: FakePayments) -> None:
    payments.fails = AWAY
    for number in range(5):
        services.place_order(
            user_id=7, lines=[StockLine(product_id=1, quantity=1)], payment_method="pm_ok", key=str(number)
        )
    payments.fails = None
    payments.calls.clear()
    grows_older(61)
    assert sum(all_at_once(2, lambda _: recover_orders(), databases=["orders"])) == 5
    assert payments.calls == {"charge": 5}
    assert Counter(Order.objects.values_list("status", flat=True)) == {"confirmed": 5}
    assert set(payments.captures.values()) == {1}
    assert Counter(OrderEvent.objects.values_list("type", flat=True)) == {"order.placed": 5, "order.confirmed": 5}


def test_asking_again_gives_the_customer_no_more_time(inventory: FakeInventory, payments: FakePayments) -> None:
    for _ in range(3):
        services.place_order(user_id=7, lines=LAMPS, payment_method="pm_requires_action", key="k")
        grows_older(101)
    assert (recover_orders(), status(), inventory.stock[1]) == (1, "cancelled", 10)


def test_each_has_its_turn_however_little_a_run_gets_done(
    payments: FakePayments, monkeypatch: pytest.MonkeyPatch
) -> None:
    payments.fails = AWAY
    for _ in range(3):
        services.place_order(user_id=7, lines=LAMPS, payment_method="pm_ok")
    payments.fails, payments.silent = None, True
    monkeypatch.setattr(recovery, "SECONDS", 0)
    grows_older(120)
    for _ in range(3):
        assert recover_orders() == 1
        grows_older(45)
    assert len(payments.intents) == 3


def test_orders_without_an_end_do_not_hold_up_refunds(
    inventory: FakeInventory, payments: FakePayments, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = services.place_order(user_id=7, lines=LAMPS, payment_method="pm_ok")
    payments.fails = AWAY
    refunds.refund_own(order_id=order.id, user_id=7)
    for _ in range(3):
        services.place_order(user_id=7, lines=LAMPS, payment_method="pm_ok")
    payments.fails, payments.silent = None, True
    monkeypatch.setattr(recovery, "SECONDS", 0)
    grows_older(61)
    recover_orders()
    assert Refund.objects.get().state == "succeeded"


def test_one_order_that_nobody_can_read_does_not_hold_up_the_others(
    inventory: FakeInventory, payments: FakePayments
) -> None:
    payments.fails = AWAY
    for _ in range(2):
        services.place_order(user_id=7, lines=LAMPS, payment_method="pm_ok")
    payments.fails = None
    Order.objects.filter(id=Order.objects.earliest("id").id).update(next_action={"kind": "of a later release"})
    grows_older(61)
    assert recover_orders() == 2
    assert list(Order.objects.order_by("id").values_list("status", flat=True)) == ["pending", "confirmed"]
