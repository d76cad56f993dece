"""Stripe's webhooks, from the request to the payment."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from stripe import WebhookSignature

from contracts.money import Money
from payments import services
from payments.models import PaymentIntent, WebhookEvent
from payments.provider.choice import provider_of
from payments.tests.stripe_server import StripeServer, shape

pytestmark = pytest.mark.django_db(databases=["payments"])

EVENT = json.dumps(shape("event_intent"))
INTENT = "pi_3MrPBM2eZvKYlo2C1TEMacFD"
SECRET = "whsec_of_the_tests"


@pytest.fixture(autouse=True)
def _in_use(stripe_server: StripeServer, settings: Any) -> Iterator[None]:
    settings.PAYMENT_PROVIDER = "stripe"
    provider_of.cache_clear()
    yield
    provider_of.cache_clear()


@pytest.fixture
def payment() -> PaymentIntent:
    return PaymentIntent.objects.create(
        id=uuid.uuid4(),
        order_id=41,
        amount=2550,
        currency="EUR",
        payment_method="pm_card",
        provider="stripe",
        status="requires_action",
        reference=INTENT,
    )


def post(*, body: str = EVENT, secret: str = SECRET) -> Any:
    headers = {"Stripe-Signature": WebhookSignature.generate_signature_header(body, secret)}
    return Client().post("/api/v1/payments/webhooks/stripe", body, "application/json", headers=headers)


def test_news_are_followed_by_a_look_at_the_payment(stripe_server: StripeServer, payment: PaymentIntent) -> None:
    stripe_server.answer("intent_succeeded")
    assert post().json() == {"outcome": "applied"}
    payment.refresh_from_db()
    assert (payment.status, payment.captured) == ("captured", 2550)
    assert [asked.what for asked in stripe_server.asked] == [f"GET /v1/payment_intents/{INTENT}"]


def test_a_payment_whose_answer_was_lost_is_known_by_our_own_id(stripe_server: StripeServer) -> None:
    stripe_server.answer("error_api", 500)
    money = Money(currency="EUR", minor=2550)
    lost = services.charge(order_id=41, amount=money, payment_method="pm_card")
    event = shape("event_intent")
    of_another_shop = {"order_id": "41", "payment_id": str(uuid.uuid4())}
    for metadata in (of_another_shop, {"order_id": "41"}, {"payment_id": "x"}):
        event["data"]["object"]["metadata"] = metadata
        assert post(body=json.dumps(event)).json() == {"outcome": "ignored"}
    event["data"]["object"]["metadata"] = {"order_id": "41", "payment_id": str(lost.id)}
    stripe_server.answer("intent_requires_capture")
    stripe_server.answer("intent_succeeded")
    assert post(body=json.dumps(event)).json() == {"outcome": "applied"}
    payment = PaymentIntent.objects.get()
    assert (payment.reference, payment.status, payment.captured) == (INTENT, "captured", 2550)
    assert set(payment.calls.values_list("key", "outcome")) == {
        ("authorise:41", "succeeded"),
        ("capture:41", "succeeded"),
    }


def test_what_the_event_claims_does_not_count(stripe_server: StripeServer, payment: PaymentIntent) -> None:
    stripe_server.answer("intent_canceled")
    post()
    payment.refresh_from_db()
    assert (payment.status, payment.captured) == ("voided", 0)


def test_while_stripe_is_away_the_webhook_is_to_come_again(stripe_server: StripeServer, payment: PaymentIntent) -> None:
    stripe_server.answer("error_api", 500)
    response = post()
    assert (response.status_code, response.json()["code"]) == (503, "peer_unavailable")
    assert WebhookEvent.objects.get().applied_at is None
    stripe_server.answer("intent_succeeded")
    assert post().json() == {"outcome": "applied"}
    payment.refresh_from_db()
    assert payment.status == "captured"


def test_where_stripe_cannot_be_reached_the_webhook_is_to_come_again(
    stripe_server: StripeServer, payment: PaymentIntent
) -> None:
    stripe_server.stop()
    response = post()
    assert (response.status_code, response["Retry-After"]) == (503, "1")
    assert WebhookEvent.objects.get().applied_at is None


def test_news_of_anything_else_are_ignored(stripe_server: StripeServer) -> None:
    assert post(body=json.dumps(shape("event_customer"))).json() == {"outcome": "ignored"}
    assert stripe_server.asked == []
    assert not WebhookEvent.objects.exists()


def test_what_stripe_has_not_signed_is_refused(stripe_server: StripeServer) -> None:
    assert post(secret="whsec_of_another").json()["code"] == "invalid_webhook"
    assert stripe_server.asked == []


def test_the_simulated_provider_has_no_way_in() -> None:
    client = Client()
    assert client.post("/api/v1/payments/webhooks/simulated", "{}", "application/json").status_code == 404
    assert client.get("/api/v1/payments/simulated/sim_1").status_code == 404
    assert client.post("/api/v1/payments/simulated/sim_1", {"approve": True}, "application/json").status_code == 404
