"""Illegal moves of a payment are impossible, whatever its provider says and however late."""

from __future__ import annotations

import uuid

import pytest
from django.db import IntegrityError, transaction

from contracts.payments import PaymentStatus
from payments import moves
from payments.models import PaymentIntent, ProviderCall
from payments.provider.interface import ProviderPayment, ProviderState
from payments.selectors import payment_by_id
from payments.tests.stage import kinds

pytestmark = pytest.mark.django_db(databases=["payments"])

S, P = PaymentStatus, ProviderState
LEGAL = {
    (S.CREATED, P.REQUIRES_ACTION): (S.REQUIRES_ACTION, []),
    (S.CREATED, P.AUTHORISED): (S.AUTHORISED, []),
    (S.CREATED, P.CAPTURED): (S.CAPTURED, ["payment.captured"]),
    (S.CREATED, P.DECLINED): (S.FAILED, ["payment.failed"]),
    (S.CREATED, P.VOIDED): (S.VOIDED, ["payment.voided"]),
    (S.REQUIRES_ACTION, P.REQUIRES_ACTION): (S.REQUIRES_ACTION, []),
    (S.REQUIRES_ACTION, P.AUTHORISED): (S.AUTHORISED, []),
    (S.REQUIRES_ACTION, P.CAPTURED): (S.CAPTURED, ["payment.captured"]),
    (S.REQUIRES_ACTION, P.DECLINED): (S.FAILED, ["payment.failed"]),
    (S.REQUIRES_ACTION, P.VOIDED): (S.VOIDED, ["payment.voided"]),
    (S.AUTHORISED, P.AUTHORISED): (S.AUTHORISED, []),
    (S.AUTHORISED, P.CAPTURED): (S.CAPTURED, ["payment.captured"]),
    (S.AUTHORISED, P.DECLINED): (S.FAILED, ["payment.failed"]),
    (S.AUTHORISED, P.VOIDED): (S.VOIDED, ["payment.voided"]),
}
"""What news make of a payment; everything else leaves it as it is."""
CAPTURED = (S.CAPTURED, S.PARTIALLY_REFUNDED, S.REFUNDED)


def payment_in(status: PaymentStatus) -> PaymentIntent:
    return PaymentIntent.objects.create(
        id=uuid.uuid4(),
        order_id=7,
        amount=2550,
        currency="EUR",
        payment_method="pm_ok",
        provider="simulated",
        status=status.value,
        reference="sim_7",
        captured=2550 if status in CAPTURED else 0,
    )


@pytest.mark.parametrize("news", list(ProviderState))
@pytest.mark.parametrize("status", list(PaymentStatus))
def test_news_move_a_payment_forward_or_not_at_all(status: PaymentStatus, news: ProviderState) -> None:
    before = payment_by_id(payment_in(status).pk)
    now = ProviderPayment(reference="sim_7", state=news, captured=2550 if news is P.CAPTURED else 0)
    after, begun = moves.record(before, now, go_on=True)
    moved, told = LEGAL.get((status, news), (status, []))
    assert (after.status, kinds()) == (moved, told)
    assert after == payment_by_id(before.id)
    assert (begun is not None) == (after.status is S.AUTHORISED and news is P.AUTHORISED)
    assert after == before or (status, news) in LEGAL


def test_a_capture_begins_once_and_not_where_the_payment_is_called_off() -> None:
    payment = payment_by_id(payment_in(S.AUTHORISED).pk)
    authorised = ProviderPayment(reference="sim_7", state=P.AUTHORISED)
    begun = [moves.record(payment, authorised, go_on=True)[1] for _ in range(2)]
    assert [call.key if call else None for call in begun] == ["capture:7", None]
    ProviderCall.objects.all().delete()
    moves.wish_cancelled(order_ids=[7])
    assert moves.record(payment, authorised, go_on=True)[1] is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"captured": 2551},
        {"captured": 100, "refunded": 101},
        {"refunded": -1},
        {"status": "paid"},
        {"status": "authorised", "captured": 1},
    ],
)
def test_the_database_refuses_what_no_payment_can_be(wrong: dict[str, object]) -> None:
    payment = payment_in(S.CAPTURED)
    with pytest.raises(IntegrityError), transaction.atomic(using="payments"):
        PaymentIntent.objects.filter(pk=payment.pk).update(**wrong)


def test_an_order_has_one_payment() -> None:
    payment_in(S.CREATED)
    with pytest.raises(IntegrityError), transaction.atomic(using="payments"):
        payment_in(S.CREATED)
