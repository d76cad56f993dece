from __future__ import annotations

import logging
from collections import Counter
from typing import Any

import pytest
from django.contrib.auth.password_validation import UserAttributeSimilarityValidator
from django.utils.dateparse import parse_datetime
from rest_framework.test import APIClient

from tests.threads import all_at_once
from users import services
from users.api.throttles import RegisterThrottle
from users.errors import PasswordRefused
from users.models import User
from users.tests.conftest import PASSWORD, Post, Published

pytestmark = pytest.mark.django_db(databases=["users"])

GRACE = {"username": "grace", "email": "grace@example.com", "password": PASSWORD}


def test_answers_with_the_account(post: Post) -> None:
    response = post("register", **GRACE)

    user = User.objects.get()
    body = response.json()
    assert response.status_code == 201
    assert parse_datetime(body.pop("created_at")) == user.created_at
    assert body == {"id": user.pk, "username": "grace", "email": "grace@example.com"}
    assert user.password.startswith("argon2$argon2id$")
    assert (user.is_staff, user.is_superuser, user.is_active) == (False, False, True)


def test_publishes_that_the_user_registered(post: Post, published: Published) -> None:
    user_id = post("register", **GRACE).json()["id"]

    assert published() == [("user.registered", {"user_id": user_id})]


def test_stores_the_email_trimmed_and_its_domain_in_lower_case(post: Post) -> None:
    assert post("register", **GRACE | {"email": " Grace@EXAMPLE.com "}).json()["email"] == "Grace@example.com"


@pytest.mark.parametrize("email", ["ada@example.com", "ADA@Example.COM"])
def test_refuses_an_email_that_has_an_account_whatever_its_case(
    post: Post, published: Published, ada: User, email: str
) -> None:
    response = post("register", **GRACE | {"email": email})

    assert (response.status_code, response.json()["code"]) == (409, "email_taken")
    assert User.objects.count() == len(published()) == 1


def test_refuses_a_username_that_is_taken_whatever_its_case(post: Post, ada: User) -> None:
    response = post("register", **GRACE | {"username": "Ada"})

    assert (response.status_code, response.json()["code"]) == (409, "username_taken")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "ab"),
        ("username", "a" * 51),
        ("username", "two words"),
        ("username", "gräce"),
        ("username", "gr\0ace"),
        ("username", ""),
        ("username", None),
        ("username", 12345),
        ("username", True),
        ("username", ["grace"]),
        ("username", {"$ne": ""}),
        ("email", "nobody"),
        ("email", "two@@example.com"),
        ("email", "grace@ехаmple.com"),  # noqa: RUF001 - Cyrillic, which is the point
        ("email", "gr\0ace@example.com"),
        ("email", "a" * 250 + "@example.com"),
        ("email", "\ud800@example.com"),
        ("email", 1.5),
        ("password", "short"),
        ("password", "x" * 257),
        ("password", "\0" * 10),
        ("password", "correct \ud800 horse"),
        ("password", "password"),
        ("password", "84736251"),
        ("password", "grace@example"),
        ("password", 84736251),
        ("is_staff", True),
        ("x" * 1000, 1),
    ],
)
def test_names_the_field_that_is_wrong(post: Post, field: str, value: Any) -> None:
    response = post("register", **GRACE | {field: value})

    assert (response.status_code, response.json()["code"]) == (422, "invalid")
    assert list(response.json()["errors"]) == [field[:100]]
    assert not User.objects.exists()


@pytest.mark.parametrize("field", ["username", "email", "password"])
def test_names_the_field_that_is_missing(post: Post, field: str) -> None:
    response = post("register", **{name: value for name, value in GRACE.items() if name != field})

    assert (response.status_code, list(response.json()["errors"])) == (422, [field])


@pytest.mark.parametrize("field", ["username", "email"])
def test_a_long_name_costs_no_comparison_with_the_password(
    post: Post, monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    compared: list[object] = []
    monkeypatch.setattr(UserAttributeSimilarityValidator, "validate", lambda *args: compared.append(args))

    response = post("register", **GRACE | {field: "a1." * 300_000, "password": "a1." * 85})

    assert list(response.json()["errors"]) == [field]
    assert compared == []


def test_says_in_words_why_a_password_is_refused(post: Post) -> None:
    body = post("register", **GRACE | {"password": "password"}).json()

    assert body["detail"] == "password: This password is too common."
    assert body["errors"] == {"password": ["This password is too common."]}


def test_the_use_case_refuses_a_password_whoever_calls_it() -> None:
    with pytest.raises(PasswordRefused) as caught:
        services.register(**GRACE | {"password": "grace@example"})

    assert caught.value.errors == {"password": ("The password is too similar to the email.",)}
    assert not User.objects.exists()


def test_names_every_wrong_field_at_once(post: Post) -> None:
    response = post("register", username="ab", email="nobody", password="short", colour="red")

    assert sorted(response.json()["errors"]) == ["colour", "email", "password", "username"]


def test_keeps_the_spaces_of_a_password(post: Post) -> None:
    post("register", **GRACE | {"password": f" {PASSWORD} "})

    assert User.objects.get().check_password(f" {PASSWORD} ")


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b'{"username": ', "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"[]", "application/json", 422),
        (b'"text"', "application/json", 422),
        (b"null", "application/json", 422),
        (b"username=grace", "application/x-www-form-urlencoded", 415),
    ],
)
def test_refuses_what_is_no_json_object(body: bytes, content_type: str, status: int) -> None:
    response = APIClient().post("/api/v1/users/register", data=body, content_type=content_type)

    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"


def test_says_when_to_come_back_where_one_address_registers_too_often(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RegisterThrottle, "THROTTLE_RATES", {"register": "2/hour"})
    statuses = [post("register", **GRACE | {"username": "x"}).status_code for _ in range(2)]

    response = post("register", **GRACE)

    assert statuses == [422, 422]
    assert response.status_code == 429
    assert 3500 < int(response["Retry-After"]) <= 3600


def test_logs_no_personal_data(post: Post, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    with caplog.at_level(logging.DEBUG):
        post("register", **GRACE)
        post("register", **GRACE)
        post("register", **GRACE | {"email": "grace@"})
        post("login", email="grace@example.com", password=PASSWORD)
        post("login", email="grace@example.com", password="wrong")

    logged = "\n".join([caplog.text, *capfd.readouterr()])
    assert "grace" not in logged
    assert PASSWORD not in logged


@pytest.mark.django_db(databases=["users"], transaction=True)
@pytest.mark.parametrize("same", ["email", "username"])
def test_of_many_who_register_one_name_at_once_one_gets_it(post: Post, published: Published, same: str) -> None:
    def register(number: int) -> tuple[int, str | None]:
        mine = {"username": f"grace{number}", "email": f"grace{number}@example.com", "password": PASSWORD}
        response = post("register", **mine | {same: GRACE[same]})
        return response.status_code, response.json().get("code")

    assert Counter(all_at_once(12, register, databases=["users"])) == {(201, None): 1, (409, f"{same}_taken"): 11}
    assert User.objects.count() == len(published()) == 1
