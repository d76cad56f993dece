"""Giving a part of a payment back."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from contracts.money import Money
from contracts.payments import (
    InvalidPayment,
    PaymentDeclined,
    PaymentInProgress,
    PaymentNotCaptured,
    PaymentNotFound,
    PaymentStatus,
    RefundDiffers,
    RefundState,
    RefundTooLarge,
)
from payments import moves, services
from payments.provider.interface import ProviderRefund, ProviderRefused, ProviderTimeout
from payments.provider.simulated import SimulatedProvider
from payments.recovery import settle_payments
from payments.tests.stage import CAPTURED, EUR, calls, charge, ledger, let_time_pass, refund, standing, told

pytestmark = pytest.mark.django_db(databases=["payments"])

ID = "5f0c2f0e-52b1-4d0e-9d3c-5b7f3e1a9c40"


@pytest.fixture(autouse=True)
def _quick(settings: Any) -> None:
    settings.PROVIDER_SECONDS = 0.05


def test_gives_a_part_back_once() -> None:
    charge()
    assert [refund(550, refund_id=ID), refund(550, refund_id=ID)] == [RefundState.SUCCEEDED] * 2
    assert standing() == (PaymentStatus.PARTIALLY_REFUNDED, 2550, 550)
    assert ledger() == [*CAPTURED, (f"refund:{ID}", 550, "refunded")]
    assert told()[1:] == [("payment.refunded", {"order_id": 7, "refund_id": ID, "amount": 550, "currency": "EUR"})]


def test_part_by_part_until_all_of_it_is_back() -> None:
    charge()
    assert [refund(550), refund(2000)] == [RefundState.SUCCEEDED] * 2
    assert standing() == (PaymentStatus.REFUNDED, 2550, 2550)
    with pytest.raises(RefundTooLarge) as refused:
        refund(1)
    assert refused.value == RefundTooLarge(order_id=7, refundable=0)


def test_no_more_than_is_left_with_what_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    charge()
    refund(1000)
    with monkeypatch.context() as broken:
        broken.setattr(SimulatedProvider, "refund", no_answer)
        assert refund(1000) is RefundState.REQUESTED
    with pytest.raises(RefundTooLarge) as refused:
        refund(551)
    assert refused.value == RefundTooLarge(order_id=7, refundable=550)
    assert refund(550) is RefundState.SUCCEEDED


def test_a_refund_that_is_not_answered_is_ended_by_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    charge()
    with monkeypatch.context() as broken:
        broken.setattr(SimulatedProvider, "refund", no_answer)
        assert refund(550, refund_id=ID) is RefundState.REQUESTED
    assert calls()[-1] == (f"refund:{ID}", "unknown", 1)
    assert settle_payments() == 0
    let_time_pass()
    assert settle_payments() == 1
    assert standing() == (PaymentStatus.PARTIALLY_REFUNDED, 2550, 550)
    assert refund(550, refund_id=ID) is RefundState.SUCCEEDED


def test_a_refund_that_the_provider_is_still_about_stays_requested(monkeypatch: pytest.MonkeyPatch) -> None:
    charge()
    with monkeypatch.context() as slow:
        slow.setattr(SimulatedProvider, "refund", lambda self, **asked: ProviderRefund(reference="r", succeeded=None))
        assert refund(550, refund_id=ID) is RefundState.REQUESTED
    assert refund(550, refund_id=ID) is RefundState.SUCCEEDED


def refused(self: SimulatedProvider, **asked: Any) -> Any:
    raise ProviderRefused("charge_disputed")


def failed(self: SimulatedProvider, **asked: Any) -> ProviderRefund:
    return ProviderRefund(reference="r", succeeded=False, reason="charge_disputed")


@pytest.mark.parametrize("answer", [refused, failed])
def test_a_refund_that_fails_leaves_the_payment_as_it_is(monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    charge()
    with monkeypatch.context() as broken:
        broken.setattr(SimulatedProvider, "refund", answer)
        assert refund(550, refund_id=ID) is RefundState.FAILED
    assert standing() == (PaymentStatus.CAPTURED, 2550, 0)
    assert told()[1:] == [
        ("payment.refund_failed", {"order_id": 7, "refund_id": ID, "reason": "charge_disputed"}),
    ]
    assert refund(550, refund_id=ID) is RefundState.FAILED
    assert refund(2550) is RefundState.SUCCEEDED


def test_a_payment_whose_calling_off_fails_is_left_to_people(monkeypatch: pytest.MonkeyPatch) -> None:
    charge()
    with monkeypatch.context() as broken:
        broken.setattr(SimulatedProvider, "refund", failed)
        assert services.cancel_payment(order_id=7).status is PaymentStatus.CAPTURED
    let_time_pass()
    assert settle_payments() == 0
    assert standing() == (PaymentStatus.CAPTURED, 2550, 0)


def test_only_of_a_payment_that_was_taken() -> None:
    with pytest.raises(PaymentNotFound):
        refund(1)
    with pytest.raises(PaymentDeclined):
        charge(method="pm_declined")
    with pytest.raises(PaymentNotCaptured):
        refund(1)


def test_not_while_all_of_it_goes_back() -> None:
    charge()
    moves.wish_cancelled(order_ids=[7])
    with pytest.raises(PaymentInProgress):
        refund(1)


def test_a_refund_has_one_amount_and_one_order() -> None:
    charge()
    charge(order_id=8)
    refund(550, refund_id=ID)
    for other in ({"amount": 551}, {"amount": 550, "order_id": 8}):
        with pytest.raises(RefundDiffers) as refused:
            refund(**other, refund_id=ID)
        assert refused.value == RefundDiffers(refund_id=ID)


@pytest.mark.parametrize(
    ("refund_id", "amount", "field"),
    [
        (ID, Money(currency="EUR", minor=0), "amount"),
        (ID, Money(currency="EUR", minor=-1), "amount"),
        (ID, Money(currency="USD", minor=1), "amount"),
        (ID.upper(), EUR, "refund_id"),
        ("7", EUR, "refund_id"),
    ],
)
def test_what_makes_no_sense_is_refused(refund_id: str, amount: Money, field: str) -> None:
    charge()
    with pytest.raises(InvalidPayment) as refused:
        services.refund(refund_id=refund_id, order_id=7, amount=amount)
    assert refused.value.field == field


def test_ids_of_refunds_are_the_callers() -> None:
    charge()
    assert services.refund(refund_id=ID, order_id=7, amount=EUR).id == uuid.UUID(ID)


def no_answer(self: SimulatedProvider, **asked: Any) -> Any:
    raise ProviderTimeout("no answer")
