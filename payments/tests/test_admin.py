from __future__ import annotations

from http import HTTPStatus

import pytest
from django.test import Client
from django.urls import reverse

from payments import services
from payments.models import PaymentIntent
from payments.tests.stage import charge, refund
from users.models import User

pytestmark = pytest.mark.django_db(databases=["users", "payments"])


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser(username="owner", email="o@shop.example", password="horse 7"))
    return client


def test_a_payment_is_shown_with_its_calls_and_refunds_and_without_its_token(staff: Client) -> None:
    charge()
    refund(1000)
    [payment] = PaymentIntent.objects.all()
    page = staff.get(reverse("admin:payments_paymentintent_change", args=[payment.pk])).content.decode()
    assert [key for key in ("authorise:7", "capture:7", "refund:") if key not in page] == []
    assert "pm_ok" not in page


def test_payments_are_found_by_their_orders(staff: Client) -> None:
    charge()
    charge(order_id=70)
    services.cancel_payment(order_id=8)  # one without an amount
    url = reverse("admin:payments_paymentintent_changelist")
    everything, found = (staff.get(url, query).content.decode() for query in ({}, {"q": "7"}))
    assert [page.count('class="field-status') for page in (everything, found)] == [3, 1]
    assert "25.50 EUR" in found


def test_nothing_is_changed_here(staff: Client) -> None:
    payment = charge()
    change, delete = (
        reverse(f"admin:payments_paymentintent_{what}", args=[payment.id]) for what in ("change", "delete")
    )
    statuses = [staff.post(url).status_code for url in (change, delete, reverse("admin:payments_paymentintent_add"))]
    assert statuses == [HTTPStatus.FORBIDDEN] * 3
