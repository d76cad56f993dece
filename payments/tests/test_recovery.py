"""What a process that died left behind is brought to its end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import F
from django.db.models.functions import Now

from contracts.events import OrderCancelled
from contracts.messaging import Envelope
from contracts.money import Money
from contracts.orders import (
    GetOrders,
    GetReservationClaims,
    OrdersService,
    OrderStatus,
    OrderSummaries,
    OrderSummary,
    ReservationClaims,
)
from contracts.payments import PaymentStatus
from contracts.ports import Ports, ports, using
from contracts.steps import Step
from payments import calls as provider_calls, handlers, moves, services
from payments.models import PaymentIntent, ProviderCall
from payments.provider import simulated
from payments.provider.interface import ProviderUnavailable
from payments.provider.simulated import SimulatedProvider
from payments.recovery import reconcile_payments, settle_payments
from payments.tests.stage import CAPTURED, EUR, calls, charge, kinds, ledger, let_time_pass, standing, unfinished
from shopflow.invariants.payments import INVARIANTS

pytestmark = pytest.mark.django_db(databases=["payments"])


class Died(BaseException):
    """As if the process had been killed here."""


@pytest.fixture(autouse=True)
def _quick(settings: Any) -> None:
    settings.PROVIDER_SECONDS = 0.05


def die(monkeypatch: pytest.MonkeyPatch, step: Step, side: str) -> Any:
    """A context in which the process dies before or after a step."""

    def reached(self: Step, *error: object) -> None:
        if self is step and not any(error):
            raise Died

    context = monkeypatch.context()
    patch = context.__enter__()
    patch.setattr(Step, "__enter__" if side == "before" else "__exit__", reached)
    return context


STEPS = {
    "record payment": moves.OPEN_PAYMENT,
    **{step.before.removeprefix("before "): step for step in provider_calls.AT_PROVIDER.values()},
    **{step.before.removeprefix("before "): step for step in moves.RECORD.values()},
}
CHARGING = ["authorise at provider", "record authorisation", "capture at provider", "record capture"]
CANCELLING = ["record the wish to call a payment off", "record that a call begins", "refund at provider"]


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("step", ["record payment", *CHARGING])
def test_a_charge_that_died_anywhere_is_made_once(monkeypatch: pytest.MonkeyPatch, step: str, side: str) -> None:
    dying = die(monkeypatch, STEPS[step], side)
    with pytest.raises(Died):
        charge()
    dying.__exit__(None, None, None)
    assert settle_payments() == 0
    let_time_pass()
    died_before_anything = (step, side) == ("record payment", "before")
    done = died_before_anything or (step, side) == ("record capture", "after")
    assert settle_payments() == (0 if done else 1)
    if died_before_anything:
        assert not PaymentIntent.objects.exists()
        charge()
    assert standing() == (PaymentStatus.CAPTURED, 2550, 0)
    assert (ledger(), kinds(), unfinished()) == (CAPTURED, ["payment.captured"], [])


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("kind", ["void", "refund"])
@pytest.mark.parametrize("at", ["call", "record"])
def test_a_cancellation_that_died_anywhere_is_carried_out_once(
    monkeypatch: pytest.MonkeyPatch, kind: Any, at: str, side: str
) -> None:
    charge(method="pm_requires_action" if kind == "void" else "pm_ok")
    step = (provider_calls.AT_PROVIDER if at == "call" else moves.RECORD)[kind]
    dying = die(monkeypatch, step, side)
    with pytest.raises(Died):
        services.cancel_payment(order_id=7)
    dying.__exit__(None, None, None)
    let_time_pass()
    settle_payments()
    ended = PaymentStatus.VOIDED if kind == "void" else PaymentStatus.REFUNDED
    assert standing()[0] is ended
    assert [key for key, _, _ in ledger()].count(f"{kind}:7") == 1
    assert kinds()[-1] == f"payment.{ended}"
    assert unfinished() == []


def test_a_charge_that_was_not_answered_is_settled(settings: Any) -> None:
    charge(method="pm_timeout")
    assert settle_payments() == 0
    let_time_pass()
    assert settle_payments() == 1
    assert standing() == (PaymentStatus.CAPTURED, 2550, 0)
    assert (ledger(), kinds()) == (CAPTURED, ["payment.captured"])
    assert settle_payments() == 0


def test_a_call_that_somebody_makes_is_left_to_them() -> None:
    charge(method="pm_timeout")
    let_time_pass()
    ProviderCall.objects.update(lease_until=Now() + (Now() - F("started_at")))
    assert settle_payments() == 0


def test_a_provider_that_is_away_is_asked_less_and_less_often(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    charge(method="pm_timeout")
    monkeypatch.setattr(SimulatedProvider, "capture", away)
    tried = []
    for _ in range(4):
        let_time_pass()
        tried += [settle_payments(), settle_payments()]
    assert tried == [1, 0] * 4
    settings.RECOVERY_SECONDS = 600
    let_time_pass()
    ProviderCall.objects.filter(finished_at=None).update(lease_until=Now())
    assert settle_payments() == 0
    assert calls()[-1] == ("capture:7", "unknown", 5)


def test_one_payment_that_cannot_be_settled_does_not_hold_up_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    charge(order_id=7, method="pm_timeout")
    charge(order_id=8, method="pm_timeout")
    let_time_pass()
    really = SimulatedProvider.capture

    def broken_for_one(self: SimulatedProvider, **asked: Any) -> Any:
        if asked["key"] == "capture:7":
            raise ZeroDivisionError
        return really(self, **asked)

    monkeypatch.setattr(SimulatedProvider, "capture", broken_for_one)
    assert settle_payments() == 2
    assert (standing(7)[0], standing(8)[0]) == (PaymentStatus.AUTHORISED, PaymentStatus.CAPTURED)


def test_what_the_customer_did_is_found_out_without_a_webhook() -> None:
    reference = charge(method="pm_requires_action").reference
    let_time_pass()
    assert settle_payments() == 1
    assert standing()[0] is PaymentStatus.REQUIRES_ACTION
    assert settle_payments() == 0
    simulated.act(reference, approve=True)
    let_time_pass()
    settle_payments()
    assert standing() == (PaymentStatus.CAPTURED, 2550, 0)


class Shop(OrdersService):
    """Orders of which only the status is known."""

    def __init__(self, **status: OrderStatus) -> None:
        self.status = {int(name.removeprefix("o")): value for name, value in status.items()}

    def get_reservation_claims(self, request: GetReservationClaims) -> ReservationClaims:
        raise AssertionError

    def get_orders(self, request: GetOrders) -> OrderSummaries:
        known = sorted(set(request.order_ids) & set(self.status))
        return OrderSummaries(orders=tuple(self._summary(id) for id in known))

    def _summary(self, id: int) -> OrderSummary:
        zero = Money(currency="EUR", minor=0)
        return OrderSummary(
            order_id=id,
            user_id=1,
            status=self.status[id],
            total=EUR,
            refunded=zero,
            lines=(),
            created_at=datetime.now(UTC),
        )


@pytest.fixture
def shop() -> Iterator[Shop]:
    orders = Shop(o1=OrderStatus.CONFIRMED, o2=OrderStatus.CANCELLED, o4=OrderStatus.PENDING, o5=OrderStatus.REFUNDED)
    real = ports()
    with using(Ports(users=real.users, inventory=real.inventory, payments=real.payments, orders=orders)):
        yield orders


def test_what_was_taken_for_no_order_goes_back(shop: Shop) -> None:
    for order_id in range(1, 6):
        charge(order_id=order_id)
    assert reconcile_payments() == 0  # they are too young
    let_time_pass()
    assert reconcile_payments() == 2
    settle_payments()
    back = {id for id in range(1, 6) if standing(id)[0] is PaymentStatus.REFUNDED}
    assert back == {2, 3}
    reconciled = PaymentIntent.objects.exclude(reconciled_at=None).values_list("order_id", flat=True)
    assert sorted(reconciled) == [1, 5]
    shop.status[4] = OrderStatus.SHIPPED
    assert reconcile_payments() == 0
    assert not PaymentIntent.objects.filter(status="captured", reconciled_at=None).exists()


def test_a_customer_is_not_waited_for_where_the_order_was_cancelled(shop: Shop) -> None:
    """The charge came after all was called off that there was."""
    for order_id in (2, 4):
        charge(order_id=order_id, method="pm_requires_action")
    PaymentIntent.objects.update(created_at=Now() - timedelta(minutes=9))
    assert reconcile_payments() == 1
    settle_payments()
    assert (standing(2)[0], standing(4)[0]) == (PaymentStatus.VOIDED, PaymentStatus.REQUIRES_ACTION)
    assert not PaymentIntent.objects.exclude(reconciled_at=None).exists()


def test_a_payment_that_the_provider_cannot_show_is_looked_at_no_more_often(monkeypatch: pytest.MonkeyPatch) -> None:
    charge(method="pm_requires_action")
    let_time_pass()
    monkeypatch.setattr(SimulatedProvider, "fetch", away)
    assert [settle_payments(), settle_payments()] == [1, 0]


def test_a_payment_that_waits_for_its_customer_too_long_is_named() -> None:
    charge(method="pm_requires_action")
    PaymentIntent.objects.update(created_at=Now() - timedelta(days=2))
    let_time_pass()
    settle_payments()  # looks at it, which is no move of it
    assert broken() == {"order 7"}


def broken() -> set[str]:
    return {name for invariant in INVARIANTS for name in invariant.read().breaches}


def test_the_payment_of_a_cancelled_order_is_called_off() -> None:
    charge()
    event = OrderCancelled(order_id=7, user_id=1, reservation_id="r")
    envelope = Envelope(event_id="e", occurred_at=datetime.now(UTC), headers={}, event=event)
    [handler] = handlers.HANDLERS[OrderCancelled]
    handler([envelope])  # type: ignore[arg-type]  # all of a transaction together
    settle_payments()
    assert standing() == (PaymentStatus.REFUNDED, 2550, 2550)


def away(self: SimulatedProvider, **asked: Any) -> Any:
    raise ProviderUnavailable("away")
