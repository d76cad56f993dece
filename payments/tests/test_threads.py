"""Many at once for one order: whoever comes first makes each call, and the money moves once."""

from __future__ import annotations

import uuid
from collections import Counter
from typing import Any

import pytest

from contracts.errors import ContractError
from contracts.payments import PaymentClosed, PaymentInProgress, PaymentStatus, RefundState, RefundTooLarge
from payments import services
from payments.models import ProviderCall
from payments.recovery import settle_payments
from payments.tests.stage import CAPTURED, charge, kinds, ledger, let_time_pass, refund, standing, unfinished
from tests.threads import all_at_once

pytestmark = pytest.mark.django_db(databases=["payments"], transaction=True)


@pytest.fixture(autouse=True)
def _quick(settings: Any) -> None:
    settings.PROVIDER_SECONDS = 0.2


def answer(work: Any) -> Any:
    try:
        return work()
    except ContractError as error:
        return type(error)


@pytest.mark.parametrize("method", ["pm_ok", "pm_timeout", "pm_flaky"])
def test_fifty_charges_of_one_order_take_its_money_once(method: str) -> None:
    answers = all_at_once(50, lambda _: answer(lambda: charge(method=method)), databases=["payments"])
    others = {given if isinstance(given, type) else given.status for given in answers}
    assert others <= {PaymentInProgress, PaymentStatus.AUTHORISED, PaymentStatus.CAPTURED}
    assert charge(method=method).status is PaymentStatus.CAPTURED
    assert (ledger(), kinds(), unfinished()) == (CAPTURED, ["payment.captured"], [])


def test_a_charge_and_its_cancellation_at_once_end_with_nothing_taken() -> None:
    def act(number: int) -> Any:
        if number % 2:
            return answer(charge)
        return services.cancel_payment(order_id=7).status

    answers = all_at_once(16, act, databases=["payments"])
    assert set(answers[1::2]) <= {PaymentClosed, PaymentInProgress, PaymentStatus.CAPTURED}
    let_time_pass()
    settle_payments()
    status, captured, refunded = standing()
    assert status in (PaymentStatus.VOIDED, PaymentStatus.REFUNDED)
    assert captured == refunded == sum(amount for key, amount, _ in ledger() if key.startswith("capture"))
    assert refunded == sum(amount for key, amount, _ in ledger() if key.startswith("refund"))
    assert Counter(kinds())[f"payment.{status}"] == 1


def test_refunds_at_once_give_back_no_more_than_was_taken() -> None:
    charge()
    answers = all_at_once(12, lambda _: answer(lambda: refund(500)), databases=["payments"])
    assert Counter(answers) == {RefundState.SUCCEEDED: 5, RefundTooLarge: 7}
    assert standing() == (PaymentStatus.PARTIALLY_REFUNDED, 2550, 2500)
    assert kinds().count("payment.refunded") == 5


def test_one_refund_asked_for_by_many_is_made_once() -> None:
    charge()
    id = str(uuid.uuid4())
    answers = all_at_once(12, lambda _: answer(lambda: refund(500, refund_id=id)), databases=["payments"])
    assert set(answers) <= {RefundState.SUCCEEDED, PaymentInProgress}
    assert refund(500, refund_id=id) is RefundState.SUCCEEDED
    assert [entry for entry in ledger() if entry[0].startswith("refund")] == [(f"refund:{id}", 500, "refunded")]


def test_jobs_of_several_processes_settle_each_payment_once() -> None:
    for order_id in range(1, 6):
        charge(order_id=order_id, method="pm_timeout")
    let_time_pass()
    all_at_once(4, lambda _: settle_payments(), databases=["payments"])
    assert [standing(id)[0] for id in range(1, 6)] == [PaymentStatus.CAPTURED] * 5
    assert kinds() == ["payment.captured"] * 5
    assert not ProviderCall.objects.filter(finished_at=None).exists()
