"""Against a server that answers with the shapes of Stripe's API reference."""

from __future__ import annotations

import json
import socket
import threading
import time
import traceback
import uuid
from collections.abc import Callable
from logging import config
from typing import Any

import pytest
from django.conf import settings as project

from contracts.money import Money
from contracts.payments import NextAction
from payments.provider.interface import (
    PaymentProvider,
    ProviderPayment,
    ProviderRefund,
    ProviderRefused,
    ProviderState,
    ProviderTimeout,
    ProviderUnavailable,
)
from payments.provider.stripe import StripeProvider
from payments.tests.stripe_server import Asked, StripeServer, shape
from shopflow.observability.logs import logging_settings

PAYMENT = uuid.UUID("3f0c2f55-8a4b-4e0e-9a57-0c6f4f8f2d11")
INTENT = "pi_3MrPBM2eZvKYlo2C1TEMacFD"
REFUND = "re_1Nispe2eZvKYlo2Cd31jOCgZ"
PRICE = Money(currency="EUR", minor=2550)
PART = Money(currency="EUR", minor=1000)

Call = Callable[[PaymentProvider], ProviderPayment | ProviderRefund]


def authorise(stripe: PaymentProvider) -> ProviderPayment:
    return stripe.authorise(key="authorise:41", payment_id=PAYMENT, order_id=41, amount=PRICE, method="pm_card")


def capture(stripe: PaymentProvider) -> ProviderPayment:
    return stripe.capture(key="capture:41", reference=INTENT, amount=PRICE)


def void(stripe: PaymentProvider) -> ProviderPayment:
    return stripe.void(key="void:41", reference=INTENT)


def refund(stripe: PaymentProvider) -> ProviderRefund:
    return stripe.refund(key="refund:8f0c", reference=INTENT, amount=PART)


def fetch(stripe: PaymentProvider) -> ProviderPayment:
    return stripe.fetch(reference=INTENT)


def test_authorises_by_confirming_an_intent_that_is_captured_by_hand(
    stripe_server: StripeServer, stripe: PaymentProvider
) -> None:
    stripe_server.answer("intent_requires_capture")
    assert authorise(stripe) == ProviderPayment(reference=INTENT, state=ProviderState.AUTHORISED)
    assert stripe_server.asked == [
        Asked(
            what="POST /v1/payment_intents",
            key=f"{PAYMENT}:authorise:41",
            token="Bearer sk_test_of_the_tests",
            form={
                "amount": "2550",
                "currency": "eur",
                "payment_method": "pm_card",
                "confirm": "true",
                "capture_method": "manual",
                "automatic_payment_methods[enabled]": "true",
                "return_url": "https://shop.example.com",
                "metadata[order_id]": "41",
                "metadata[payment_id]": str(PAYMENT),
            },
        )
    ]


@pytest.mark.parametrize(
    ("call", "answer", "asked"),
    [
        (
            capture,
            "intent_succeeded",
            (f"POST /v1/payment_intents/{INTENT}/capture", f"{INTENT}:capture:41", {"amount_to_capture": "2550"}),
        ),
        (void, "intent_canceled", (f"POST /v1/payment_intents/{INTENT}/cancel", f"{INTENT}:void:41", {})),
        (
            refund,
            "refund_succeeded",
            (
                "POST /v1/refunds",
                f"{INTENT}:refund:8f0c",
                {"payment_intent": INTENT, "amount": "1000", "metadata[key]": "refund:8f0c"},
            ),
        ),
    ],
)
def test_each_change_is_asked_for_with_its_key(
    stripe_server: StripeServer, stripe: PaymentProvider, call: Call, answer: str, asked: tuple[object, ...]
) -> None:
    stripe_server.answer(answer)
    call(stripe)
    assert [(seen.what, seen.key, seen.form) for seen in stripe_server.asked] == [asked]


def found(*shapes: Any) -> bytes:
    return json.dumps({"object": "list", "data": shapes, "has_more": False, "url": "/v1/x"}).encode()


def test_a_payment_is_found_by_our_own_id(stripe_server: StripeServer, stripe: PaymentProvider) -> None:
    stripe_server.answer_with(found(shape("intent_requires_capture")), 200)
    stripe_server.answer_with(found(), 200)
    assert stripe.find(payment_id=PAYMENT) == ProviderPayment(reference=INTENT, state=ProviderState.AUTHORISED)
    assert stripe.find(payment_id=PAYMENT) is None
    assert stripe_server.asked[0].what == "GET /v1/payment_intents/search"
    assert stripe_server.asked[0].form["query"] == f"metadata['payment_id']:'{PAYMENT}'"


def test_a_refund_is_found_by_its_key(stripe_server: StripeServer, stripe: PaymentProvider) -> None:
    refunds = [{**shape("refund_succeeded"), "metadata": {"key": key}} for key in ("refund:1", "refund:2")]
    refunds[0]["id"] = "re_of_another"
    for _ in range(2):
        stripe_server.answer_with(found(shape("refund_pending"), *refunds), 200)
    assert stripe.find_refund(key="refund:2", reference=INTENT) == ProviderRefund(reference=REFUND, succeeded=True)
    assert stripe.find_refund(key="refund:3", reference=INTENT) is None
    assert stripe_server.asked[0].what == "GET /v1/refunds"
    assert stripe_server.asked[0].form == {"payment_intent": INTENT, "limit": "100"}


def test_what_the_customer_has_to_do_is_to_visit_a_page(stripe_server: StripeServer, stripe: PaymentProvider) -> None:
    stripe_server.answer("intent_requires_action")
    url = "https://hooks.stripe.com/redirect/authenticate/src_1MrPBM2eZvKYlo2C"
    assert authorise(stripe) == ProviderPayment(
        reference=INTENT, state=ProviderState.REQUIRES_ACTION, next_action=NextAction(kind="redirect", url=url)
    )


def test_a_declined_card_keeps_the_word_of_its_bank(stripe_server: StripeServer, stripe: PaymentProvider) -> None:
    stripe_server.answer("error_card_declined", 402)
    assert authorise(stripe) == ProviderPayment(
        reference=INTENT, state=ProviderState.DECLINED, reason="insufficient_funds"
    )


def test_a_method_that_stripe_does_not_know_is_declined(stripe_server: StripeServer, stripe: PaymentProvider) -> None:
    stripe_server.answer("error_no_such_method", 400)
    assert authorise(stripe) == ProviderPayment(reference="", state=ProviderState.DECLINED, reason="resource_missing")


@pytest.mark.parametrize(
    ("answer", "payment"),
    [
        ("intent_requires_capture", ProviderPayment(reference=INTENT, state=ProviderState.AUTHORISED)),
        ("intent_succeeded", ProviderPayment(reference=INTENT, state=ProviderState.CAPTURED, captured=2550)),
        ("intent_canceled", ProviderPayment(reference=INTENT, state=ProviderState.VOIDED)),
        (
            "intent_refunded_in_part",
            ProviderPayment(reference=INTENT, state=ProviderState.CAPTURED, captured=2550, refunded=1000),
        ),
        (
            "intent_authentication_failed",
            ProviderPayment(
                reference=INTENT, state=ProviderState.DECLINED, reason="payment_intent_authentication_failure"
            ),
        ),
    ],
)
def test_fetches_what_a_payment_is_now(
    stripe_server: StripeServer, stripe: PaymentProvider, answer: str, payment: ProviderPayment
) -> None:
    stripe_server.answer(answer)
    assert fetch(stripe) == payment
    assert stripe_server.asked[0].what == f"GET /v1/payment_intents/{INTENT}"
    assert stripe_server.asked[0].form == {"expand[0]": "latest_charge"}


@pytest.mark.parametrize("call", [authorise, capture, void, fetch])
def test_what_stripe_is_still_about_is_not_known(
    stripe_server: StripeServer, stripe: PaymentProvider, call: Call
) -> None:
    stripe_server.answer("intent_processing")
    with pytest.raises(ProviderTimeout, match="the payment is processing"):
        call(stripe)


@pytest.mark.parametrize(
    ("answer", "refunded"),
    [
        ("refund_succeeded", ProviderRefund(reference=REFUND, succeeded=True)),
        ("refund_pending", ProviderRefund(reference=REFUND, succeeded=None)),
        ("refund_failed", ProviderRefund(reference=REFUND, succeeded=False, reason="expired_or_canceled_card")),
    ],
)
def test_a_refund_says_whether_it_is_done(
    stripe_server: StripeServer, stripe: PaymentProvider, answer: str, refunded: ProviderRefund
) -> None:
    stripe_server.answer(answer)
    assert refund(stripe) == refunded


def test_a_repeated_answer_is_not_taken_for_what_became_of_a_refund(
    stripe_server: StripeServer, stripe: PaymentProvider
) -> None:
    stripe_server.answer("refund_pending", Idempotent_Replayed="true")
    stripe_server.answer("refund_succeeded")
    assert refund(stripe) == ProviderRefund(reference=REFUND, succeeded=True)
    assert stripe_server.asked[1].what == f"GET /v1/refunds/{REFUND}"


def test_a_capture_repeated_after_its_key_was_forgotten_answers_as_before(
    stripe_server: StripeServer, stripe: PaymentProvider
) -> None:
    stripe_server.answer("error_already_captured", 400)
    assert capture(stripe) == ProviderPayment(reference=INTENT, state=ProviderState.CAPTURED, captured=2550)


def test_a_void_repeated_after_its_key_was_forgotten_answers_as_before(
    stripe_server: StripeServer, stripe: PaymentProvider
) -> None:
    stripe_server.answer("error_already_canceled", 400)
    assert void(stripe) == ProviderPayment(reference=INTENT, state=ProviderState.VOIDED)


@pytest.mark.parametrize(
    ("call", "answer", "reason"),
    [
        (authorise, ("error_amount_too_small", 400), "amount_too_small"),
        (capture, ("error_already_canceled", 400), "payment_intent_unexpected_state"),
        (capture, ("error_card_declined", 402), "insufficient_funds"),
        (void, ("error_already_captured", 400), "payment_intent_unexpected_state"),
        (refund, ("error_already_refunded", 400), "charge_already_refunded"),
        (fetch, ("error_no_such_intent", 404), "resource_missing"),
    ],
)
def test_what_makes_no_sense_to_stripe_is_refused_with_its_code(
    stripe_server: StripeServer, stripe: PaymentProvider, call: Call, answer: tuple[str, int], reason: str
) -> None:
    stripe_server.answer(*answer)
    with pytest.raises(ProviderRefused) as refused:
        call(stripe)
    assert str(refused.value) == reason


CALLS = [authorise, capture, void, refund, fetch]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("answer", "status"), [("error_rate_limit", 429), ("error_key", 401), ("error_permission", 403)]
)
def test_to_be_turned_away_has_no_effect(
    stripe_server: StripeServer, stripe: PaymentProvider, call: Call, answer: str, status: int
) -> None:
    stripe_server.answer(answer, status)
    with pytest.raises(ProviderUnavailable, match=f"^{status} "):
        call(stripe)
    assert len(stripe_server.asked) == 1


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("answer", "status"),
    [("error_api", 500), ("error_api", 503), ("error_key_in_use", 409), ("error_key_of_another", 400)],
)
def test_an_error_of_stripes_leaves_the_outcome_open(
    stripe_server: StripeServer, stripe: PaymentProvider, call: Call, answer: str, status: int
) -> None:
    stripe_server.answer(answer, status)
    with pytest.raises(ProviderTimeout, match=f"^{status} "):
        call(stripe)
    assert len(stripe_server.asked) == 1


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(("body", "status"), [(b"<h1>Bad Gateway</h1>", 502), (b"<h1>hello</h1>", 200), (b"[]", 400)])
def test_an_answer_that_is_not_stripes_leaves_the_outcome_open(
    stripe_server: StripeServer, stripe: PaymentProvider, call: Call, body: bytes, status: int
) -> None:
    stripe_server.answer_with(body, status)
    with pytest.raises(ProviderTimeout):
        call(stripe)


@pytest.mark.parametrize("call", CALLS)
def test_no_answer_in_time_leaves_the_outcome_open(
    stripe_server: StripeServer, stripe: PaymentProvider, call: Call
) -> None:
    stripe_server.silent.set()
    started = time.monotonic()
    with pytest.raises(ProviderTimeout):
        call(stripe)
    assert 0.9 < time.monotonic() - started < 3
    assert len(stripe_server.asked) == 1


@pytest.mark.parametrize("call", CALLS)
def test_a_connection_that_is_refused_has_no_effect(
    stripe_server: StripeServer, stripe: PaymentProvider, call: Call
) -> None:
    stripe_server.stop()
    with pytest.raises(ProviderUnavailable):
        call(stripe)


def test_a_connection_that_breaks_off_leaves_the_outcome_open(settings: Any, stripe_server: StripeServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        settings.STRIPE_URL = f"http://127.0.0.1:{listening.getsockname()[1]}"
        stripe = StripeProvider()
        listening.settimeout(5)

        def hang_up() -> None:
            connection, _ = listening.accept()
            connection.recv(100)
            connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        with pytest.raises(ProviderTimeout):
            capture(stripe)
        thread.join()


def test_no_line_of_the_log_quotes_what_was_sent_or_answered(
    stripe_server: StripeServer, stripe: PaymentProvider, capfd: pytest.CaptureFixture[str]
) -> None:
    stripe_server.answer("intent_requires_capture")
    stripe_server.answer("error_no_such_method", 400)
    config.dictConfig(logging_settings(style="text", level="DEBUG"))
    try:
        authorise(stripe)
        authorise(stripe)
    finally:
        config.dictConfig(project.LOGGING)
    written = "".join(capfd.readouterr())
    assert [secret for secret in ("pm_card", "pm_unknown", "sk_test", "client_secret") if secret in written] == []


def test_an_error_says_no_more_than_codes(stripe_server: StripeServer, stripe: PaymentProvider) -> None:
    stripe_server.answer("error_no_such_intent", 404)
    with pytest.raises(ProviderRefused) as refused:
        fetch(stripe)
    written = "".join(traceback.format_exception(refused.value))
    assert "No such payment_intent" not in written
