"""Calling a payment off, wherever it is."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.money import Money
from contracts.payments import PaymentClosed, PaymentDeclined, PaymentStatus
from payments import moves, services
from payments.provider.interface import ProviderTimeout
from payments.provider.simulated import SimulatedProvider
from payments.recovery import settle_payments
from payments.tests.stage import CAPTURED, calls, charge, kinds, ledger, let_time_pass, refund, standing, told

pytestmark = pytest.mark.django_db(databases=["payments"])


@pytest.fixture(autouse=True)
def _quick(settings: Any) -> None:
    settings.PROVIDER_SECONDS = 0.05


def cancel(order_id: int = 7) -> PaymentStatus:
    return services.cancel_payment(order_id=order_id).status


def test_what_was_taken_goes_back_once() -> None:
    charge()
    assert [cancel(), cancel()] == [PaymentStatus.REFUNDED, PaymentStatus.REFUNDED]
    assert ledger() == [*CAPTURED, ("refund:7", 2550, "refunded")]
    assert standing() == (PaymentStatus.REFUNDED, 2550, 2550)
    assert told()[1:] == [("payment.refunded", {"order_id": 7, "refund_id": "", "amount": 2550, "currency": "EUR"})]
    with pytest.raises(PaymentClosed):
        charge()


def test_what_waits_for_the_customer_is_voided() -> None:
    charge(method="pm_requires_action")
    assert cancel() is PaymentStatus.VOIDED
    assert ledger() == [("authorise:7", 2550, "requires_action"), ("void:7", 2550, "voided")]
    assert kinds() == ["payment.voided"]


def test_what_was_declined_stays_declined() -> None:
    with pytest.raises(PaymentDeclined):
        charge(method="pm_declined")
    assert cancel() is PaymentStatus.FAILED
    with pytest.raises(PaymentDeclined):
        charge(method="pm_declined")
    assert kinds() == ["payment.failed"]


def test_what_was_taken_without_an_answer_goes_back() -> None:
    charge(method="pm_timeout")
    assert cancel() is PaymentStatus.REFUNDED
    assert ledger() == [*CAPTURED, ("refund:7", 2550, "refunded")]
    assert kinds() == ["payment.captured", "payment.refunded"]


def test_where_there_is_no_payment_none_will_be() -> None:
    assert [cancel(), cancel()] == [PaymentStatus.VOIDED, PaymentStatus.VOIDED]
    assert kinds() == ["payment.voided"]


def test_nothing_that_was_paid_goes_back_without_a_provider() -> None:
    charge(amount=Money(currency="EUR", minor=0))
    assert [cancel(), cancel()] == [PaymentStatus.REFUNDED, PaymentStatus.REFUNDED]
    assert calls() == []
    assert kinds() == ["payment.captured", "payment.refunded"]


def test_only_what_is_left_goes_back() -> None:
    charge()
    refund(550)
    assert cancel() is PaymentStatus.REFUNDED
    assert [(key, amount) for key, amount, _ in ledger()][-1] == ("refund:7", 2000)


@pytest.mark.parametrize(
    ("call", "ended", "in_ledger"),
    [
        ("authorise", PaymentStatus.VOIDED, ["authorise:7", "void:7"]),
        ("capture", PaymentStatus.REFUNDED, ["authorise:7", "capture:7", "refund:7"]),
    ],
)
def test_a_cancellation_during_a_call_is_carried_out_by_whoever_makes_the_call(
    monkeypatch: pytest.MonkeyPatch, call: str, ended: PaymentStatus, in_ledger: list[str]
) -> None:
    really = getattr(SimulatedProvider, call)
    answers = []

    def meanwhile(self: SimulatedProvider, **asked: Any) -> Any:
        answers.append(cancel())
        return really(self, **asked)

    monkeypatch.setattr(SimulatedProvider, call, meanwhile)
    with pytest.raises(PaymentClosed):
        charge()
    assert answers == [PaymentStatus.CREATED if call == "authorise" else PaymentStatus.AUTHORISED]
    assert standing()[0] is ended
    assert [key for key, _, _ in ledger()] == in_ledger


@pytest.mark.parametrize("call", ["void", "refund"])
def test_a_cancellation_that_is_not_answered_is_carried_out_by_the_job(
    monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    charge(method="pm_requires_action" if call == "void" else "pm_ok")
    before = standing()[0]
    with monkeypatch.context() as broken:
        broken.setattr(SimulatedProvider, call, no_answer)
        assert cancel() is before
        with pytest.raises(PaymentClosed):
            charge(method="pm_requires_action" if call == "void" else "pm_ok")
    let_time_pass()
    assert settle_payments() == 1
    assert standing()[0] is (PaymentStatus.VOIDED if call == "void" else PaymentStatus.REFUNDED)
    assert settle_payments() == 0


def test_the_wish_alone_is_carried_out_by_the_job_at_once() -> None:
    charge()
    assert moves.wish_cancelled(order_ids=[7, 8]) == 1
    assert settle_payments() == 1
    assert standing() == (PaymentStatus.REFUNDED, 2550, 2550)
    assert moves.wish_cancelled(order_ids=[7]) == 0


def test_a_refund_under_way_is_ended_before_the_rest_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    charge()
    with monkeypatch.context() as broken:
        broken.setattr(SimulatedProvider, "refund", no_answer)
        refund(550)
    assert cancel() is PaymentStatus.CAPTURED
    let_time_pass()
    settle_payments()
    assert standing() == (PaymentStatus.PARTIALLY_REFUNDED, 2550, 550)
    settle_payments()
    assert standing() == (PaymentStatus.REFUNDED, 2550, 2550)


def no_answer(self: SimulatedProvider, **asked: Any) -> Any:
    raise ProviderTimeout("no answer")
