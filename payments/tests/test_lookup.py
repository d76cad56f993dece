"""A call that has had no answer for long is looked for before it is made again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from contracts.payments import PaymentDeclined, PaymentStatus, RefundState
from payments import moves, news, services
from payments.models import Refund
from payments.provider import simulated
from payments.provider.interface import ProviderRefused, ProviderTimeout
from payments.provider.simulated import SimulatedProvider
from payments.recovery import settle_payments
from payments.selectors import payment_by_order
from payments.tests.stage import CAPTURED, calls, charge, kinds, ledger, let_time_pass, refund, standing, unfinished
from shopflow.invariants.base import check
from shopflow.invariants.payments import INVARIANTS

pytestmark = pytest.mark.django_db(databases=["payments"])

DAY = 24 * 60


@pytest.fixture(autouse=True)
def _books() -> Iterator[None]:
    yield
    assert [each.says for each in INVARIANTS if check(each, pauses=()).breaches] == []


@contextmanager
def unanswered(method: str, *, carried_out: bool) -> Iterator[None]:
    """The provider has stored an error for each call of this kind."""
    really = getattr(SimulatedProvider, method)

    def answer(self: SimulatedProvider, **asked: Any) -> Any:
        if carried_out:
            really(self, **asked)
        raise ProviderTimeout("500 api_error")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SimulatedProvider, method, answer)
        yield


@pytest.mark.parametrize("method", ["authorise", "capture"])
def test_a_charge_whose_error_the_provider_has_stored_is_found(method: str) -> None:
    with unanswered(method, carried_out=True):
        charge()
        let_time_pass()
        settle_payments()
        assert unfinished() == [f"{method}:7"]
        let_time_pass(minutes=11)
        settle_payments()
    assert standing() == (PaymentStatus.CAPTURED, 2550, 0)
    assert (ledger(), kinds(), unfinished()) == (CAPTURED, ["payment.captured"], [])


def test_what_is_held_for_an_order_that_was_called_off_is_let_go_and_never_taken() -> None:
    with unanswered("capture", carried_out=False):
        charge()
        services.cancel_payment(order_id=7)
        let_time_pass(minutes=11)
        settle_payments()
    assert standing() == (PaymentStatus.VOIDED, 0, 0)
    assert calls()[1:] == [("capture:7", "refused", 3), ("void:7", "succeeded", 1)]


def test_a_void_whose_error_the_provider_has_stored_is_found() -> None:
    charge(method="pm_requires_action")
    with unanswered("void", carried_out=True):
        services.cancel_payment(order_id=7)
        let_time_pass(minutes=11)
        settle_payments()
    assert standing()[0] is PaymentStatus.VOIDED
    assert kinds() == ["payment.voided"]


def test_for_an_order_of_yesterday_nothing_is_held() -> None:
    with unanswered("authorise", carried_out=False):
        charge()
    let_time_pass(minutes=DAY)
    settle_payments()
    assert (ledger(), kinds()) == ([], ["payment.failed"])
    with pytest.raises(PaymentDeclined) as declined:
        charge()
    assert declined.value.reason == "expired"


def test_an_order_of_an_hour_ago_is_still_paid_for() -> None:
    with unanswered("authorise", carried_out=False):
        charge()
    let_time_pass(minutes=60)
    settle_payments()
    assert (standing(), ledger()) == ((PaymentStatus.CAPTURED, 2550, 0), CAPTURED)


def test_a_refund_is_not_made_again_once_its_key_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    charge()
    with unanswered("refund", carried_out=True):
        assert refund(1000) is RefundState.REQUESTED
        let_time_pass(minutes=DAY)
        settle_payments()
    assert Refund.objects.get().state == RefundState.SUCCEEDED
    assert [amount for key, amount, _ in ledger() if key.startswith("refund")] == [1000]


def test_a_refund_that_the_provider_does_not_have_is_made() -> None:
    charge()
    with unanswered("refund", carried_out=False):
        refund(1000)
    let_time_pass(minutes=DAY)
    settle_payments()
    assert standing() == (PaymentStatus.PARTIALLY_REFUNDED, 2550, 1000)


@pytest.mark.parametrize("which", ["find", "fetch", "find_refund"])
def test_a_look_that_is_refused_decides_nothing(monkeypatch: pytest.MonkeyPatch, which: str) -> None:
    method = {"find": "authorise", "fetch": "capture", "find_refund": "refund"}[which]
    if method == "refund":
        charge()
    with unanswered(method, carried_out=False):
        refund(1000) if method == "refund" else charge()

    def refuse(self: SimulatedProvider, **asked: Any) -> Any:
        raise ProviderRefused("no_such_search")

    with monkeypatch.context() as patch:
        patch.setattr(SimulatedProvider, which, refuse)
        let_time_pass(minutes=11)
        settle_payments()
        [call] = unfinished()
        assert call.startswith(method)
    let_time_pass(minutes=14)
    let_time_pass(minutes=14)
    settle_payments()
    assert unfinished() == []


def hear(reference: str) -> str:
    body = simulated.news(reference)
    return news.hear(provider="simulated", body=body, signature=simulated.sign(body))


def test_a_webhook_tells_what_became_of_a_charge_that_was_never_answered() -> None:
    with unanswered("authorise", carried_out=True):
        payment = charge()
        assert payment.reference == ""
        assert hear(f"sim_{payment.id.hex}") == "applied"
    assert standing() == (PaymentStatus.CAPTURED, 2550, 0)
    assert payment_by_order(7).reference == f"sim_{payment.id.hex}"
    assert (ledger(), kinds(), unfinished()) == (CAPTURED, ["payment.captured"], [])


def test_a_webhook_that_overtakes_the_answer_leaves_it_to_whoever_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    really = SimulatedProvider.authorise

    def overtaken(self: SimulatedProvider, **asked: Any) -> Any:
        answer = really(self, **asked)
        assert hear(answer.reference) == "applied"
        return answer

    monkeypatch.setattr(SimulatedProvider, "authorise", overtaken)
    assert charge().status is PaymentStatus.CAPTURED
    assert (ledger(), kinds()) == (CAPTURED, ["payment.captured"])


def test_a_webhook_of_a_payment_that_is_called_off_lets_it_go() -> None:
    with unanswered("authorise", carried_out=True):
        payment = charge()
        moves.cancel(order_id=7)
        hear(f"sim_{payment.id.hex}")
    assert standing() == (PaymentStatus.VOIDED, 0, 0)
