"""Charging an order, by every method of the simulated provider."""

from __future__ import annotations

import pytest

from contracts.money import Money
from contracts.payments import (
    InvalidPayment,
    NextAction,
    PaymentClosed,
    PaymentDeclined,
    PaymentDiffers,
    PaymentStatus,
)
from payments import services
from payments.models import PaymentIntent, ProviderCall, SimulatedEntry
from payments.selectors import PaymentDetails

pytestmark = pytest.mark.django_db(databases=["payments"])

EUR = Money(currency="EUR", minor=2550)


def charge(order_id: int = 7, method: str = "pm_ok", amount: Money = EUR) -> PaymentDetails:
    return services.charge(order_id=order_id, amount=amount, payment_method=method)


def ledger(order_id: int = 7) -> list[tuple[str, int, str]]:
    entries = SimulatedEntry.objects.filter(order_id=order_id).order_by("id")
    return list(entries.values_list("key", "amount", "outcome"))


def calls(order_id: int = 7) -> list[tuple[str, str | None, int]]:
    made = ProviderCall.objects.filter(intent__order_id=order_id).order_by("id")
    return list(made.values_list("key", "outcome", "attempts"))


def test_takes_the_money_once() -> None:
    payment = charge()
    assert (payment.status, payment.captured, payment.refunded) == (PaymentStatus.CAPTURED, 2550, 0)
    assert charge() == payment
    assert calls() == [("authorise:7", "succeeded", 1), ("capture:7", "succeeded", 1)]
    assert ledger() == [("authorise:7", 2550, "authorised"), ("capture:7", 2550, "captured")]


def test_a_declined_payment_takes_nothing_however_often_it_is_asked_for() -> None:
    for _ in range(2):
        with pytest.raises(PaymentDeclined) as refused:
            charge(method="pm_declined")
        assert refused.value == PaymentDeclined(order_id=7, reason="card_declined")
    assert ledger() == [("authorise:7", 2550, "declined: card_declined")]
