from __future__ import annotations

import pytest
from django.core.cache import cache
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from users.api.throttles import AccountThrottle, AddressThrottle
from users.models import User

pytestmark = pytest.mark.django_db(databases=["users"])

PASSWORD = "correct horse 7"
OWNER = "owner@shop.example"


@pytest.fixture(autouse=True)
def _owner() -> None:
    cache.clear()
    User.objects.create_superuser(username="owner", email=OWNER, password=PASSWORD)


def knock(email: str, password: str) -> HttpResponseBase:
    return Client().post(reverse("admin:login"), {"username": email, "password": password})


def test_staff_come_in_and_others_see_the_form_again() -> None:
    assert knock(OWNER, PASSWORD).status_code == 302
    assert knock(OWNER, "wrong").status_code == 200


def test_the_right_password_does_not_help_after_too_many_wrong_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AccountThrottle, "THROTTLE_RATES", {"login": "2/hour"})
    statuses = [knock(email, "wrong").status_code for email in (OWNER, OWNER.upper())]

    response = knock(OWNER, PASSWORD)

    assert statuses == [200, 200]
    assert response.status_code == 429
    assert 3500 < int(response.headers["Retry-After"]) <= 3600
    assert f"Try again in {response.headers['Retry-After']} seconds." in getattr(response, "content", b"").decode()


def test_one_address_can_not_try_a_password_on_ever_more_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AddressThrottle, "THROTTLE_RATES", {"login_address": "2/hour"})

    assert [knock(f"user{number}@example.com", "wrong").status_code for number in range(3)] == [200, 200, 429]


def test_tries_at_the_api_count_here_too(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AccountThrottle, "THROTTLE_RATES", {"login": "1/hour"})
    body = {"email": OWNER, "password": "wrong"}
    assert client.post("/api/v1/users/login", body, content_type="application/json").status_code == 401

    assert knock(OWNER, PASSWORD).status_code == 429
