"""Charging an order, by every method of the simulated provider."""

from __future__ import annotations

import time
from typing import Any

import pytest

from contracts.base import time_limit
from contracts.money import Money
from contracts.payments import InvalidPayment, PaymentClosed, PaymentDeclined, PaymentDiffers, PaymentStatus
from payments import calls as provider_calls, services
from payments.models import PaymentIntent, SimulatedEntry
from payments.provider.interface import ProviderPayment, ProviderState
from payments.provider.simulated import provider
from payments.tests.stage import CAPTURED, EUR, calls, charge, kinds, ledger, standing, told, unfinished

pytestmark = pytest.mark.django_db(databases=["payments"])


@pytest.fixture(autouse=True)
def _quick(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PROVIDER_SECONDS = 0.05
    monkeypatch.setattr(provider, "SLOW_SECONDS", 0.05)


def test_takes_the_money_once() -> None:
    payment = charge()
    assert (payment.status, payment.captured, payment.refunded) == (PaymentStatus.CAPTURED, 2550, 0)
    assert charge() == payment
    assert calls() == [("authorise:7", "succeeded", 1), ("capture:7", "succeeded", 1)]
    assert ledger() == CAPTURED
    assert told() == [("payment.captured", {"order_id": 7, "amount": 2550, "currency": "EUR"})]


def test_needs_three_statements_of_its_own(django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    charge(order_id=1)  # the provider's are counted, and taken away
    provider_alone = provider.SimulatedProvider()
    monkeypatch.setattr(provider_calls, "provider_of", lambda name: Mute(provider_alone))
    with django_assert_num_queries(3, using="payments"):
        assert charge(order_id=2).status is PaymentStatus.CAPTURED


class Mute:
    """Answers without a ledger."""

    def __init__(self, real: provider.SimulatedProvider) -> None:
        self.name = real.name

    def authorise(self, **asked: Any) -> ProviderPayment:
        return ProviderPayment(reference="sim_2", state=ProviderState.AUTHORISED)

    def capture(self, *, amount: Money, **asked: Any) -> ProviderPayment:
        captured = ProviderState.CAPTURED
        return ProviderPayment(reference="sim_2", state=captured, captured=amount.minor)


def test_a_declined_payment_takes_nothing_however_often_it_is_asked_for() -> None:
    for _ in range(2):
        with pytest.raises(PaymentDeclined) as refused:
            charge(method="pm_declined")
        assert refused.value == PaymentDeclined(order_id=7, reason="card_declined")
    assert ledger() == [("authorise:7", 2550, "declined: card_declined")]
    assert standing() == (PaymentStatus.FAILED, 0, 0)
    assert told() == [("payment.failed", {"order_id": 7, "reason": "card_declined"})]


def test_a_method_that_the_provider_does_not_know_is_declined() -> None:
    with pytest.raises(PaymentDeclined) as refused:
        charge(method="pm_unheard_of")
    assert refused.value.reason == "no such payment method"


def test_a_payment_that_requires_action_says_what_to_do() -> None:
    payment = charge(method="pm_requires_action")
    assert payment.status is PaymentStatus.REQUIRES_ACTION
    url = f"http://127.0.0.1:8000/api/v1/payments/simulated/{payment.reference}"
    assert payment.next_action == {"kind": "redirect", "url": url}
    assert charge(method="pm_requires_action") == payment
    assert kinds() == []


def test_without_an_answer_it_stays_authorised_although_the_money_was_taken() -> None:
    payment = charge(method="pm_timeout")
    assert (payment.status, payment.captured) == (PaymentStatus.AUTHORISED, 0)
    assert calls() == [("authorise:7", "succeeded", 1), ("capture:7", "unknown", 1)]
    assert ledger() == CAPTURED


def test_asked_again_after_no_answer_it_learns_that_the_money_was_taken() -> None:
    charge(method="pm_timeout")
    assert charge(method="pm_timeout").status is PaymentStatus.CAPTURED
    assert calls() == [("authorise:7", "succeeded", 1), ("capture:7", "succeeded", 2)]
    assert ledger() == CAPTURED
    assert kinds() == ["payment.captured"]


def test_a_provider_that_turns_us_away_once_is_asked_again_within_the_call() -> None:
    assert charge(method="pm_flaky").status is PaymentStatus.CAPTURED
    assert ledger() == CAPTURED
    faults = SimulatedEntry.objects.filter(kind="fault").order_by("id").values_list("key", flat=True)
    assert list(faults) == ["fault:authorise:7", "fault:capture:7"]


def test_a_slow_provider_takes_its_time() -> None:
    started = time.monotonic()
    assert charge(method="pm_slow").status is PaymentStatus.CAPTURED
    assert time.monotonic() - started >= 0.1


def test_no_call_is_begun_without_time_for_it() -> None:
    with time_limit(0.5):
        assert charge().status is PaymentStatus.AUTHORISED
    assert (calls(), unfinished()) == ([("authorise:7", "succeeded", 1)], [])
    assert charge().status is PaymentStatus.CAPTURED


def test_nothing_to_pay_is_captured_without_a_provider() -> None:
    free = Money(currency="EUR", minor=0)
    payment = charge(amount=free)
    assert (payment.status, payment.captured) == (PaymentStatus.CAPTURED, 0)
    assert charge(amount=free) == payment
    assert (calls(), ledger()) == ([], [])
    assert told() == [("payment.captured", {"order_id": 7, "amount": 0, "currency": "EUR"})]


@pytest.mark.parametrize(
    ("amount", "method"),
    [
        (Money(currency="EUR", minor=2551), "pm_ok"),
        (Money(currency="USD", minor=2550), "pm_ok"),
        (EUR, "pm_slow"),
    ],
)
def test_an_order_has_one_payment(amount: Money, method: str) -> None:
    charge()
    with pytest.raises(PaymentDiffers):
        charge(amount=amount, method=method)
    assert ledger() == CAPTURED


@pytest.mark.parametrize(
    "method",
    [
        "4242424242424242",
        "pm_4242424242424242",
        "pm_4242_4242_4242_4242",
        "card",
        "",
        "pm_",
        "pm_" + "x" * 62,
        "pm_a-b",
        "pm_ok\n",
        "pm_\x00",
    ],
)
def test_what_is_no_token_is_refused_and_not_stored(method: str) -> None:
    with pytest.raises(InvalidPayment) as refused:
        charge(method=method)
    assert refused.value.field == "payment_method"
    assert "4242" not in str(refused.value)
    assert not PaymentIntent.objects.exists()


def test_an_amount_below_zero_is_refused() -> None:
    with pytest.raises(InvalidPayment) as refused:
        charge(amount=Money(currency="EUR", minor=-1))
    assert refused.value.field == "amount"


def test_a_payment_called_off_before_it_came_is_refused() -> None:
    services.cancel_payment(order_id=7)
    with pytest.raises(PaymentClosed):
        charge()
    assert (calls(), ledger()) == ([], [])
    assert told() == [("payment.voided", {"order_id": 7})]
