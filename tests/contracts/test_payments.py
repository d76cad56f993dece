"""What payments promise, over every transport."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from contracts.money import Money
from contracts.payments import (
    CancelledPayment,
    CancelPayment,
    Charge,
    InvalidPayment,
    NextAction,
    Payment,
    PaymentClosed,
    PaymentDeclined,
    PaymentDiffers,
    PaymentInProgress,
    PaymentNotCaptured,
    PaymentNotFound,
    PaymentStatus,
    Refund,
    RefundDiffers,
    RefundState,
    RefundStatus,
    RefundTooLarge,
)
from contracts.ports import Ports
from payments import moves

pytestmark = pytest.mark.django_db(databases=["users", "inventory", "orders", "payments"], transaction=True)

EUR = Money(currency="EUR", minor=2550)
INT64_MAX = 2**63 - 1


def eur(minor: int) -> Money:
    return Money(currency="EUR", minor=minor)


def charge(shop: Ports, method: str = "pm_ok", *, order_id: int = 7, amount: Money = EUR) -> Payment:
    return shop.payments.charge(Charge(order_id=order_id, amount=amount, payment_method=method))


def cancel(shop: Ports, order_id: int = 7) -> CancelledPayment:
    return shop.payments.cancel_payment(CancelPayment(order_id=order_id))


def refund(shop: Ports, minor: int, *, refund_id: str | None = None, order_id: int = 7) -> RefundStatus:
    request = Refund(refund_id=refund_id or str(uuid.uuid4()), order_id=order_id, amount=eur(minor))
    return shop.payments.refund(request)


def test_a_charge_is_the_same_however_often_it_is_made(transport: Ports) -> None:
    payment = charge(transport)
    assert payment == Payment(
        payment_id=payment.payment_id, order_id=7, amount=EUR, status=PaymentStatus.CAPTURED, next_action=None
    )
    assert charge(transport) == payment
    refund(transport, 550)
    assert charge(transport).refunded == eur(550)
    assert charge(transport).status is PaymentStatus.PARTIALLY_REFUNDED


@pytest.mark.parametrize("amount", [0, 1, INT64_MAX])
def test_any_amount_can_be_charged_and_called_off(transport: Ports, amount: int) -> None:
    assert charge(transport, amount=eur(amount)).status is PaymentStatus.CAPTURED
    assert cancel(transport) == CancelledPayment(order_id=7, status=PaymentStatus.REFUNDED)


def test_a_declined_charge_says_why(transport: Ports) -> None:
    with pytest.raises(PaymentDeclined) as refused:
        charge(transport, "pm_declined")
    assert refused.value == PaymentDeclined(order_id=7, reason="card_declined")


def test_a_charge_that_requires_action_says_what_to_do(transport: Ports, settings: Any) -> None:
    payment = charge(transport, "pm_requires_action")
    assert payment.status is PaymentStatus.REQUIRES_ACTION
    assert payment.next_action
    url = f"{settings.PUBLIC_URL}/api/v1/payments/simulated/"
    assert payment.next_action == NextAction(kind="redirect", url=payment.next_action.url)
    assert payment.next_action.url.startswith(url)
    assert cancel(transport).status is PaymentStatus.VOIDED


def test_without_an_answer_the_charge_is_not_known_yet(transport: Ports, settings: Any) -> None:
    settings.PROVIDER_SECONDS = 0.1
    assert charge(transport, "pm_timeout").status is PaymentStatus.AUTHORISED
    assert charge(transport, "pm_timeout").status is PaymentStatus.CAPTURED


def test_what_was_called_off_is_closed(transport: Ports) -> None:
    assert [cancel(transport).status for _ in range(2)] == [PaymentStatus.VOIDED] * 2
    with pytest.raises(PaymentClosed) as refused:
        charge(transport)
    assert refused.value == PaymentClosed(order_id=7)


def test_an_order_is_paid_in_one_way(transport: Ports) -> None:
    charge(transport)
    for amount, method in ((eur(1), "pm_ok"), (EUR, "pm_slow")):
        with pytest.raises(PaymentDiffers) as refused:
            charge(transport, method, amount=amount)
        assert refused.value == PaymentDiffers(order_id=7)


def test_a_charge_that_another_makes_is_in_progress(transport: Ports) -> None:
    moves.open_payment(order_id=7, amount=EUR, payment_method="pm_ok")
    with pytest.raises(PaymentInProgress) as refused:
        charge(transport)
    assert refused.value == PaymentInProgress(order_id=7)
    assert cancel(transport).status is PaymentStatus.CREATED


@pytest.mark.parametrize(("amount", "method", "field"), [(-1, "pm_ok", "amount"), (1, "4242", "payment_method")])
def test_what_cannot_be_paid_is_invalid(transport: Ports, amount: int, method: str, field: str) -> None:
    with pytest.raises(InvalidPayment) as refused:
        charge(transport, method, amount=eur(amount))
    assert refused.value.field == field


def test_a_refund_is_the_same_however_often_it_is_made(transport: Ports) -> None:
    charge(transport)
    id = str(uuid.uuid4())
    made = refund(transport, 550, refund_id=id)
    assert made == RefundStatus(refund_id=id, order_id=7, amount=eur(550), state=RefundState.SUCCEEDED)
    assert refund(transport, 550, refund_id=id) == made
    with pytest.raises(RefundDiffers) as differs:
        refund(transport, 551, refund_id=id)
    assert differs.value == RefundDiffers(refund_id=id)
    with pytest.raises(RefundTooLarge) as refused:
        refund(transport, 2001)
    assert refused.value == RefundTooLarge(order_id=7, refundable=2000)


def test_only_what_was_taken_can_be_refunded(transport: Ports) -> None:
    with pytest.raises(PaymentNotFound) as missing:
        refund(transport, 1)
    assert missing.value == PaymentNotFound(order_id=7)
    charge(transport, "pm_requires_action")
    with pytest.raises(PaymentNotCaptured) as refused:
        refund(transport, 1)
    assert refused.value == PaymentNotCaptured(order_id=7)
    for refund_id, minor, field in (("7", 1, "refund_id"), (str(uuid.uuid4()), 0, "amount")):
        with pytest.raises(InvalidPayment) as invalid:
            refund(transport, minor, refund_id=refund_id)
        assert invalid.value.field == field
