"""The page of the simulated provider."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from contracts.money import Money
from payments import services
from payments.models import PaymentIntent, WebhookEvent
from payments.selectors import PaymentDetails

pytestmark = pytest.mark.django_db(databases=["payments"])

PRICE = Money(currency="EUR", minor=2550)


@pytest.fixture
def awaiting() -> PaymentDetails:
    return services.charge(order_id=41, amount=PRICE, payment_method="pm_requires_action")


def url(payment: PaymentDetails) -> str:
    assert payment.next_action is not None
    return payment.next_action["url"].removeprefix("http://127.0.0.1:8000")


def answer(payment: PaymentDetails, body: Any) -> Any:
    return Client().post(url(payment), body, "application/json")


def status() -> str:
    return PaymentIntent.objects.get(order_id=41).status


def test_shows_what_the_customer_is_asked_for(awaiting: PaymentDetails) -> None:
    response = Client().get(url(awaiting))
    assert response.status_code == 200
    assert response.json() == {
        "reference": awaiting.reference,
        "order_id": 41,
        "amount": 25.5,
        "currency": "EUR",
        "state": "requires_action",
    }


@pytest.mark.parametrize(("approve", "state", "ours"), [(True, "captured", "captured"), (False, "declined", "failed")])
def test_the_answer_reaches_the_shop_in_a_webhook(
    awaiting: PaymentDetails, approve: bool, state: str, ours: str
) -> None:
    response = answer(awaiting, {"approve": approve})
    assert (response.status_code, response.json()["state"]) == (200, state)
    assert status() == ours
    assert WebhookEvent.objects.get().applied_at is not None


def test_the_first_answer_stands(awaiting: PaymentDetails) -> None:
    answer(awaiting, {"approve": False})
    response = answer(awaiting, {"approve": True})
    assert (response.status_code, response.json()["state"]) == (200, "declined")
    assert status() == "failed"


def test_there_is_nothing_to_approve_where_nothing_is_asked_for() -> None:
    payment = services.charge(order_id=41, amount=PRICE, payment_method="pm_ok")
    response = Client().post(f"/api/v1/payments/simulated/{payment.reference}", {"approve": True}, "application/json")
    assert (response.status_code, response.json()["code"]) == (409, "nothing_to_approve")


@pytest.mark.parametrize("body", [{}, {"approve": "yes"}, {"approve": 1}, {"approve": True, "amount": 1}, []])
def test_an_answer_that_is_none_is_refused(awaiting: PaymentDetails, body: Any) -> None:
    response = answer(awaiting, body)
    assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert status() == "requires_action"


def test_a_payment_that_the_provider_does_not_know_is_not_found() -> None:
    client = Client()
    assert client.get("/api/v1/payments/simulated/sim_1").status_code == 404
    response = client.post("/api/v1/payments/simulated/sim_1", {"approve": True}, "application/json")
    assert (response.status_code, response.json()["code"]) == (404, "simulated_payment_not_found")
