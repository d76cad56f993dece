"""Webhooks of payment providers: whatever comes twice, late, early or forged, what counts is what the provider has."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from contracts.money import Money
from contracts.payments import PaymentStatus
from payments import calls, moves, services
from payments.models import EntryKind, PaymentIntent, SimulatedEntry, WebhookEvent
from payments.provider import simulated
from payments.selectors import PaymentDetails
from shopflow.messaging.models import OutboxEvent

pytestmark = pytest.mark.django_db(databases=["payments"])

URL = "/api/v1/payments/webhooks/simulated"
PRICE = Money(currency="EUR", minor=2550)
ORDER = 41


@pytest.fixture
def awaiting() -> PaymentDetails:
    """A payment whose customer has to do something first."""
    return services.charge(order_id=ORDER, amount=PRICE, payment_method="pm_requires_action")


def post(body: bytes, signature: str | None = None, *, url: str = URL, **more: Any) -> Any:
    headers = {"ShopFlow-Signature": simulated.sign(body) if signature is None else signature}
    content_type = more.pop("content_type", "application/json")
    return Client().post(url, body, content_type, headers={**headers, **more})


def status() -> str:
    return PaymentIntent.objects.get(order_id=ORDER).status


def captures() -> tuple[int, int]:
    """By our own events, and by the provider's ledger."""
    captured = OutboxEvent.objects.using("payments").filter(type="payment.captured").count()
    return captured, SimulatedEntry.objects.filter(order_id=ORDER, kind=EntryKind.CAPTURE).count()


def test_news_make_the_payment_go_on(awaiting: PaymentDetails) -> None:
    simulated.act(awaiting.reference, True)
    response = post(simulated.news(awaiting.reference))
    assert (response.status_code, response.json()) == (200, {"outcome": "applied"})
    assert status() == PaymentStatus.CAPTURED
    assert captures() == (1, 1)
    event = WebhookEvent.objects.get()
    assert (event.provider, event.kind, event.reference) == ("simulated", "payment.updated", awaiting.reference)
    assert event.applied_at is not None


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_the_body_is_read_whatever_type_it_claims(awaiting: PaymentDetails, content_type: str) -> None:
    simulated.act(awaiting.reference, True)
    assert post(simulated.news(awaiting.reference), content_type=content_type).json() == {"outcome": "applied"}


def test_news_of_a_payment_that_nothing_happened_to_change_nothing(awaiting: PaymentDetails) -> None:
    assert post(simulated.news(awaiting.reference)).json() == {"outcome": "applied"}
    assert status() == PaymentStatus.REQUIRES_ACTION


def forged(body: bytes) -> dict[str, str]:
    good = simulated.sign(body)
    return {
        "none": "",
        "of another body": simulated.sign(body + b" "),
        "without a time": good.partition(",")[2],
        "of the scheme before": good.replace("v1=", "v0="),
        "cut": good[:-1],
        "not ASCII": f"{good}é",
        "six minutes old": simulated.sign(body, at=int(time.time()) - 360),
    }


@pytest.mark.parametrize("which", forged(b"x"))
def test_what_the_provider_has_not_just_signed_is_refused(awaiting: PaymentDetails, which: str) -> None:
    simulated.act(awaiting.reference, True)
    body = simulated.news(awaiting.reference)
    response = post(body, forged(body)[which])
    assert (response.status_code, response.json()["code"]) == (400, "invalid_webhook")
    assert status() == PaymentStatus.REQUIRES_ACTION
    assert not WebhookEvent.objects.exists()


def test_a_signature_by_another_secret_is_refused(awaiting: PaymentDetails, settings: Any) -> None:
    body = simulated.news(awaiting.reference)
    by_another = simulated.sign(body)
    settings.SIMULATED_WEBHOOK_SECRET = "changed"
    assert post(body, by_another).status_code == 400


def test_what_is_signed_and_says_nothing_is_refused() -> None:
    assert post(b"{}").json()["code"] == "invalid_webhook"


def test_a_body_beyond_the_limit_is_not_read() -> None:
    assert post(b"x" * (1024 * 1024 + 1), "").status_code == 413


@pytest.mark.parametrize("provider", ["stripe", "nobody", "simulated2"])
def test_there_is_no_way_in_for_a_provider_that_is_not_in_use(provider: str) -> None:
    body = simulated.news("sim_1")
    response = post(body, url=f"/api/v1/payments/webhooks/{provider}")
    assert (response.status_code, response.json()["code"]) == (404, "unknown_provider")


def test_a_token_is_not_looked_at(awaiting: PaymentDetails) -> None:
    body = simulated.news(awaiting.reference)
    assert post(body, Authorization="Bearer nonsense").json() == {"outcome": "applied"}


def test_the_same_webhook_again_is_known(awaiting: PaymentDetails) -> None:
    simulated.act(awaiting.reference, True)
    body = simulated.news(awaiting.reference)
    assert [post(body).json()["outcome"] for _ in range(3)] == ["applied", "known", "known"]
    assert captures() == (1, 1)
    assert WebhookEvent.objects.count() == 1


def test_news_of_a_payment_that_is_not_ours_are_ignored_until_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """They may overtake the answer to our own call."""
    id = uuid.uuid4()
    monkeypatch.setattr(uuid, "uuid4", lambda: id)
    reference = (
        simulated.SimulatedProvider()
        .authorise(key=f"authorise:{ORDER}", payment_id=id, order_id=ORDER, amount=PRICE, method="pm_requires_action")
        .reference
    )
    body = simulated.news(reference)
    assert post(body).json() == {"outcome": "ignored"}
    services.charge(order_id=ORDER, amount=PRICE, payment_method="pm_requires_action")
    simulated.act(reference, True)
    assert post(body).json() == {"outcome": "applied"}
    assert status() == PaymentStatus.CAPTURED


def test_captured_may_arrive_before_authorised(awaiting: PaymentDetails) -> None:
    simulated.act(awaiting.reference, True)
    authorised = simulated.news(awaiting.reference, kind="payment.authorised")
    simulated.SimulatedProvider().capture(key=f"capture:{ORDER}", reference=awaiting.reference, amount=PRICE)
    captured = simulated.news(awaiting.reference, kind="payment.captured")
    for body in (captured, authorised):
        assert post(body).json() == {"outcome": "applied"}
        assert status() == PaymentStatus.CAPTURED
    assert captures() == (1, 1)


def test_news_that_come_after_the_refund_change_nothing() -> None:
    payment = services.charge(order_id=ORDER, amount=PRICE, payment_method="pm_ok")
    captured = simulated.news(payment.reference, kind="payment.captured")
    refund_id = "8f0c2f55-8a4b-4e0e-9a57-0c6f4f8f2d11"
    services.refund(refund_id=refund_id, order_id=ORDER, amount=PRICE)
    told = OutboxEvent.objects.using("payments").count()
    assert post(captured).json() == {"outcome": "applied"}
    assert status() == PaymentStatus.REFUNDED
    assert OutboxEvent.objects.using("payments").count() == told


def test_a_payment_that_somebody_is_about_is_left_to_them(awaiting: PaymentDetails) -> None:
    now = simulated.act(awaiting.reference, True)
    _, capture = moves.record(awaiting, now, go_on=True)
    assert capture is not None
    assert post(simulated.news(awaiting.reference)).json() == {"outcome": "applied"}
    assert status() == PaymentStatus.AUTHORISED
    assert captures() == (0, 0)
    calls.let_go(capture)
    assert post(simulated.news(awaiting.reference)).json() == {"outcome": "applied"}
    assert captures() == (1, 1)


@pytest.mark.django_db(databases=["payments"], transaction=True)
def test_one_webhook_in_eight_threads_at_once_has_one_effect(awaiting: PaymentDetails) -> None:
    simulated.act(awaiting.reference, True)
    body = simulated.news(awaiting.reference)
    together = Barrier(8)

    def send(_: int) -> int:
        together.wait(10)
        try:
            answered: int = post(body).status_code
            return answered
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert [*pool.map(send, range(8))] == [200] * 8
    assert status() == PaymentStatus.CAPTURED
    assert captures() == (1, 1)
    assert WebhookEvent.objects.count() == 1
