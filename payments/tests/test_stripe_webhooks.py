"""What Stripe tells us of its own accord."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from stripe import WebhookSignature

from payments.provider.interface import InvalidWebhook, PaymentProvider, ProviderNews
from payments.tests.stripe_server import shape

EVENT = "evt_1MqqbKLt4dXK03v5qaIbiNCC"
INTENT = "pi_3MrPBM2eZvKYlo2C1TEMacFD"
SECRET = "whsec_of_the_tests"
FIVE_MINUTES = 300


def body_of(name: str) -> str:
    return json.dumps(shape(name))


def signed(body: str, *, secret: str = SECRET, age: float = 0) -> str:
    header: str = WebhookSignature.generate_signature_header(body, secret, int(time.time() - age))
    return header


@pytest.mark.parametrize(
    ("name", "kind"), [("event_intent", "payment_intent.succeeded"), ("event_refund", "refund.failed")]
)
def test_news_name_the_payment_that_they_are_about(stripe: PaymentProvider, name: str, kind: str) -> None:
    body = body_of(name)
    news = stripe.read_webhook(body=body.encode(), signature=signed(body))
    assert news == ProviderNews(event_id=EVENT, kind=kind, reference=INTENT)


def test_news_of_anything_else_are_none(stripe: PaymentProvider) -> None:
    body = body_of("event_customer")
    assert stripe.read_webhook(body=body.encode(), signature=signed(body)) is None


def test_of_several_signatures_one_may_be_of_our_secret(stripe: PaymentProvider) -> None:
    """Stripe signs with the old secret and the new one while a secret is being replaced."""
    body = body_of("event_intent")
    old = signed(body, secret="whsec_old").partition(",")[2]
    assert stripe.read_webhook(body=body.encode(), signature=f"{signed(body)},{old}") is not None


BODY = body_of("event_intent")
UNSIGNED: dict[str, Any] = {
    "no signature": "",
    "another secret": signed(BODY, secret="whsec_of_another"),
    "another body": signed(BODY + " "),
    "too old": signed(BODY, age=FIVE_MINUTES + 60),
    "no time": signed(BODY).partition(",")[2],
    "no signature of the scheme": signed(BODY).replace("v1=", "v0="),
    "not ASCII": signed(BODY).replace("v1=", "v1=é"),
    "nonsense": "=,=,==",
}


@pytest.mark.parametrize("signature", UNSIGNED.values(), ids=UNSIGNED)
def test_what_stripe_has_not_just_signed_is_refused(stripe: PaymentProvider, signature: str) -> None:
    with pytest.raises(InvalidWebhook):
        stripe.read_webhook(body=BODY.encode(), signature=signature)


@pytest.mark.parametrize("body", ["", "no JSON", "[]", "{}", '{"id": "evt_1", "type": "x", "data": {"object": "y"}}'])
def test_what_is_signed_and_no_event_is_refused(stripe: PaymentProvider, body: str) -> None:
    with pytest.raises(InvalidWebhook, match="the body is no event"):
        stripe.read_webhook(body=body.encode(), signature=signed(body))


def test_a_body_that_is_no_text_is_refused(stripe: PaymentProvider) -> None:
    with pytest.raises(InvalidWebhook, match="the body is no event"):
        stripe.read_webhook(body=b"\xff", signature=signed("x"))


def test_without_a_secret_nothing_is_believed(stripe: PaymentProvider, settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRET = ""
    with pytest.raises(InvalidWebhook, match="No webhook secret"):
        stripe.read_webhook(body=BODY.encode(), signature=signed(BODY, secret=""))
