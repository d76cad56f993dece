"""Calls that make no sense to the provider: the payment is not where we thought, or cannot be had."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.money import Money
from contracts.payments import PaymentClosed, PaymentDeclined, PaymentStatus
from payments import services
from payments.provider.interface import ProviderRefused
from payments.provider.simulated import SimulatedProvider, act
from payments.recovery import settle_payments
from payments.tests.stage import calls, charge, kinds, ledger, let_time_pass, standing
from shopflow.invariants.payments import INVARIANTS

pytestmark = pytest.mark.django_db(databases=["payments"])


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    def refuse(self: SimulatedProvider, **asked: Any) -> Any:
        raise ProviderRefused("out_of_order")

    monkeypatch.setattr(SimulatedProvider, request.param, refuse)


@pytest.mark.parametrize("refusing", ["authorise"], indirect=True)
def test_an_authorisation_that_makes_no_sense_is_a_decline(refusing: None) -> None:
    with pytest.raises(PaymentDeclined) as refused:
        charge()
    assert refused.value.reason == "out_of_order"
    assert kinds() == ["payment.failed"]


@pytest.mark.parametrize("refusing", ["capture"], indirect=True)
def test_what_is_held_and_cannot_be_had_is_let_go(refusing: None) -> None:
    with pytest.raises(PaymentClosed):
        charge()
    assert standing() == (PaymentStatus.VOIDED, 0, 0)
    assert [key for key, _, _ in ledger()] == ["authorise:7", "void:7"]
    assert kinds() == ["payment.voided"]


def test_what_was_captured_elsewhere_cannot_be_voided_and_goes_back() -> None:
    reference = charge(method="pm_requires_action").reference
    act(reference, approve=True)
    SimulatedProvider().capture(key="by hand", reference=reference, amount=Money(currency="EUR", minor=2550))
    assert services.cancel_payment(order_id=7).status is PaymentStatus.REFUNDED
    assert calls() == [
        ("authorise:7", "requires_action", 1),
        ("void:7", "refused", 1),
        ("refund:7", "succeeded", 1),
    ]
    assert kinds() == ["payment.captured", "payment.refunded"]


@pytest.mark.parametrize("refusing", ["void"], indirect=True)
def test_what_cannot_be_voided_is_left_to_people(refusing: None) -> None:
    charge(method="pm_requires_action")
    for _ in range(2):
        assert services.cancel_payment(order_id=7).status is PaymentStatus.REQUIRES_ACTION
        let_time_pass()
        assert settle_payments() == 0
    assert calls()[-1] == ("void:7", "refused", 1)
    assert named() == {"call void:7"}


@pytest.mark.parametrize("refusing", ["refund"], indirect=True)
def test_what_cannot_be_given_back_is_left_to_people(refusing: None) -> None:
    charge()
    services.cancel_payment(order_id=7)
    assert named() == {"call refund:7"}


def named() -> set[str]:
    return {name for invariant in INVARIANTS for name in invariant.read().breaches}
