"""The simulated provider keeps to what it says of itself, and its ledger to what happened."""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from contracts.money import Money
from payments.models import SimulatedEntry
from payments.provider import simulated
from payments.provider.interface import (
    InvalidWebhook,
    ProviderNews,
    ProviderRefused,
    ProviderState,
    ProviderTimeout,
    ProviderUnavailable,
)
from payments.provider.simulated import SimulatedProvider

pytestmark = pytest.mark.django_db(databases=["payments"])

EUR = Money(currency="EUR", minor=2550)
PAYMENT = uuid.UUID("3f0c2f55-8a4b-4e0e-9a57-0c6f4f8f2d11")
provider = SimulatedProvider()


def authorise(method: str = "pm_ok", *, key: str = "a", amount: Money = EUR) -> str:
    return provider.authorise(key=key, payment_id=PAYMENT, order_id=7, amount=amount, method=method).reference


def test_a_repeated_call_has_no_further_effect() -> None:
    reference = authorise()
    assert authorise() == reference
    first = provider.capture(key="c", reference=reference, amount=EUR)
    assert provider.capture(key="c", reference=reference, amount=EUR) == first
    refunds = [provider.refund(key="r", reference=reference, amount=EUR) for _ in range(2)]
    assert refunds[0] == refunds[1]
    assert list(SimulatedEntry.objects.order_by("id").values_list("key", flat=True)) == ["a", "c", "r"]
    now = provider.fetch(reference=reference)
    assert (now.state, now.captured, now.refunded) == (ProviderState.CAPTURED, 2550, 2550)


def test_a_key_stands_for_one_payment() -> None:
    authorise()
    with pytest.raises(ProviderRefused):
        authorise(amount=Money(currency="EUR", minor=1))


def test_what_makes_no_sense_is_refused_and_not_in_the_ledger() -> None:
    reference = authorise()
    for call in (
        lambda: provider.capture(key="1", reference="sim_unknown", amount=EUR),
        lambda: provider.capture(key="2", reference=reference, amount=Money(currency="EUR", minor=1)),
        lambda: provider.refund(key="3", reference=reference, amount=EUR),
        lambda: provider.fetch(reference="sim_unknown"),
        lambda: simulated.act(reference, approve=True),
    ):
        with pytest.raises(ProviderRefused):
            call()
    provider.capture(key="c", reference=reference, amount=EUR)
    for call in (
        lambda: provider.capture(key="4", reference=reference, amount=EUR),
        lambda: provider.void(key="5", reference=reference),
        lambda: provider.refund(key="6", reference=reference, amount=Money(currency="EUR", minor=2551)),
    ):
        with pytest.raises(ProviderRefused):
            call()
    assert list(SimulatedEntry.objects.order_by("id").values_list("key", flat=True)) == ["a", "c"]


def test_timeout_captures_and_does_not_answer_until_it_is_asked_again(settings: Any) -> None:
    settings.PROVIDER_SECONDS = 0.1
    reference = authorise("pm_timeout")
    started = time.monotonic()
    with pytest.raises(ProviderTimeout):
        provider.capture(key="c", reference=reference, amount=EUR)
    assert time.monotonic() - started >= 0.1
    assert provider.fetch(reference=reference).state is ProviderState.CAPTURED
    assert provider.capture(key="c", reference=reference, amount=EUR).captured == 2550


def test_flaky_turns_the_first_call_of_each_key_away() -> None:
    with pytest.raises(ProviderUnavailable):
        authorise("pm_flaky")
    reference = authorise("pm_flaky")
    with pytest.raises(ProviderUnavailable):
        provider.void(key="v", reference=reference)
    assert provider.fetch(reference=reference).state is ProviderState.AUTHORISED
    assert provider.void(key="v", reference=reference).state is ProviderState.VOIDED


@pytest.mark.parametrize("approve", [True, False])
def test_the_first_answer_of_the_customer_stands(approve: bool) -> None:
    reference = authorise("pm_requires_action")
    assert simulated.action(reference).state is ProviderState.REQUIRES_ACTION
    wanted = ProviderState.AUTHORISED if approve else ProviderState.DECLINED
    assert simulated.act(reference, approve=approve).state is wanted
    assert simulated.act(reference, approve=not approve).state is wanted
    now = simulated.action(reference)
    assert (now.order_id, now.amount, now.state) == (7, EUR, wanted)


@pytest.mark.parametrize("change", [lambda row: row.save(), lambda row: row.delete()])
def test_its_ledger_is_append_only(change: Any) -> None:
    authorise()
    with pytest.raises(IntegrityError), transaction.atomic(using="payments"):
        change(SimulatedEntry.objects.get())


def test_no_payment_is_captured_twice_or_captured_and_voided() -> None:
    reference = authorise()
    provider.capture(key="c", reference=reference, amount=EUR)
    captured = SimulatedEntry.objects.get(key="c")
    for kind in ("capture", "void"):
        captured.pk, captured.key, captured.kind = None, "other", kind
        with pytest.raises(IntegrityError), transaction.atomic(using="payments"):
            captured.save(force_insert=True)


def test_its_webhooks_are_signed() -> None:
    body = simulated.news("sim_1", kind="payment.authorised")
    told = provider.read_webhook(body=body, signature=simulated.sign(body))
    assert isinstance(told, ProviderNews)
    assert (told.kind, told.reference) == ("payment.authorised", "sim_1")
    assert told.event_id.startswith("evt_")


BODY = b'{"id": "evt_1", "type": "payment.updated", "reference": "sim_1"}'


@pytest.mark.parametrize("signature", ["", "t=1", "t=x,v1=1", "t=1,v1=é", "t=1,v1=0"])
def test_a_webhook_whose_signature_is_none_is_refused(signature: str) -> None:
    with pytest.raises(InvalidWebhook):
        provider.read_webhook(body=BODY, signature=signature)


@pytest.mark.parametrize("age", [301, -301])
def test_a_webhook_that_is_too_old_or_of_the_future_is_refused(age: int) -> None:
    with pytest.raises(InvalidWebhook) as refused:
        provider.read_webhook(body=BODY, signature=simulated.sign(BODY, at=int(time.time()) - age))
    assert str(refused.value) == "the signature is too old"


def test_a_signature_is_of_one_body_under_one_secret(settings: Any) -> None:
    signature = simulated.sign(BODY)
    with pytest.raises(InvalidWebhook):
        provider.read_webhook(body=BODY + b" ", signature=signature)
    settings.SIMULATED_WEBHOOK_SECRET = "another"
    with pytest.raises(InvalidWebhook):
        provider.read_webhook(body=BODY, signature=signature)


@pytest.mark.parametrize("body", [b"[]", b"{}", b"\xff"])
def test_a_signed_body_that_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidWebhook) as refused:
        provider.read_webhook(body=body, signature=simulated.sign(body))
    assert str(refused.value) == "the body is no event"
