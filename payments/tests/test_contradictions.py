"""A provider that tells what cannot be, and what happens between two looks at a payment."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError

from contracts.payments import PaymentStatus, RefundState
from payments import moves, selectors, services, settling
from payments.models import Refund
from payments.provider.interface import ProviderPayment, ProviderState
from payments.provider.simulated import SimulatedProvider
from payments.recovery import settle_payments
from payments.selectors import PaymentDetails
from payments.tests.stage import calls, charge, kinds, ledger, let_time_pass, refund, standing
from payments.tests.test_recovery import away

pytestmark = pytest.mark.django_db(databases=["payments"])


@pytest.mark.parametrize(
    "told",
    [
        {"captured": 2551},
        {"captured": 2549},
        {"reference": "sim_of_another"},
    ],
)
def test_what_cannot_be_is_no_answer(monkeypatch: pytest.MonkeyPatch, told: Any, caplog: Any) -> None:
    with monkeypatch.context() as patch:
        really = SimulatedProvider.capture

        def capture(self: SimulatedProvider, **asked: Any) -> ProviderPayment:
            return replace(really(self, **asked), **told)

        patch.setattr(SimulatedProvider, "capture", capture)
        assert charge().status is PaymentStatus.AUTHORISED
    assert calls()[-1] == ("capture:7", "unknown", 1)
    assert "order 7: its provider tells of" in caplog.text
    assert "pm_ok" not in caplog.text
    let_time_pass()
    settle_payments()
    assert standing() == (PaymentStatus.CAPTURED, 2550, 0)


def test_a_refund_that_comes_back_is_seen(monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    reference = charge().reference
    refund(1000)
    back = ProviderPayment(reference=reference, state=ProviderState.CAPTURED, captured=2550, refunded=0)
    monkeypatch.setattr(SimulatedProvider, "fetch", lambda self, **_: back)
    services.refresh_payment(provider="simulated", reference=reference)
    assert "order 7: its provider gave back less than it had said" in caplog.text


def test_what_is_taken_though_it_was_called_off_is_seen(monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    reference = charge(method="pm_requires_action").reference
    services.cancel_payment(order_id=7)
    taken = ProviderPayment(reference=reference, state=ProviderState.CAPTURED, captured=2550)
    monkeypatch.setattr(SimulatedProvider, "fetch", lambda self, **_: taken)
    services.refresh_payment(provider="simulated", reference=reference)
    assert "order 7: its provider has taken what is voided here" in caplog.text


def test_a_payment_that_its_table_refuses_does_not_hold_up_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SimulatedProvider, "capture", away)
    for order_id in (7, 8):
        charge(order_id=order_id)
    monkeypatch.undo()
    let_time_pass()
    really = settling.resume

    def broken_for_one(payment: PaymentDetails) -> PaymentDetails:
        if payment.order_id == 7:
            raise IntegrityError
        return really(payment)

    monkeypatch.setattr(settling, "resume", broken_for_one)
    assert settle_payments() == 2
    assert standing(8) == (PaymentStatus.CAPTURED, 2550, 0)


def test_a_refund_that_ends_while_its_payment_is_called_off_is_not_part_of_what_goes_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    charge()
    with monkeypatch.context() as patch:
        patch.setattr(SimulatedProvider, "refund", away)
        assert refund(1000) is RefundState.REQUESTED
    moves.cancel(order_id=7)
    under_way = selectors.refunds_under_way

    def meanwhile(payment: PaymentDetails) -> bool:
        monkeypatch.setattr(selectors, "refunds_under_way", under_way)
        services.give_back(Refund.objects.get())
        return under_way(payment)

    monkeypatch.setattr(selectors, "refunds_under_way", meanwhile)
    assert services.cancel_payment(order_id=7).status is PaymentStatus.REFUNDED
    assert sorted(amount for key, amount, _ in ledger() if key.startswith("refund:")) == [1000, 1550]
    assert kinds()[-1] == "payment.refunded"
