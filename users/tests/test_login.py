from __future__ import annotations

from datetime import timedelta

import jwt
import pytest
from django.conf import LazySettings
from django.db import connections
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from users import sessions
from users.api.throttles import AccountThrottle, AddressThrottle
from users.models import TokenFamily, User
from users.services import change_password, login
from users.tests.conftest import PASSWORD, Answer, Post
from users.tests.hashers import CostlierArgon2PasswordHasher, WatchedArgon2PasswordHasher

pytestmark = pytest.mark.django_db(databases=["users"])


def claims(token: str, settings: LazySettings) -> dict[str, object]:
    key = settings.SIMPLE_JWT["VERIFYING_KEY"]
    return dict(jwt.decode(token, key, algorithms=["RS256"], audience="shopflow", issuer="shopflow"))


def refusal(response: Answer) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def test_answers_with_a_pair_of_tokens(post: Post, ada: User) -> None:
    response = post("login", email="ada@example.com", password=PASSWORD)

    body = response.json()
    assert response.status_code == 200
    assert sorted(body) == ["access_token", "expires_in", "refresh_token", "token_type"]
    assert (body["token_type"], body["expires_in"]) == ("bearer", 900)
    assert response["Cache-Control"] == "no-store"


def test_the_access_token_says_who_for_15_minutes(pair: sessions.TokenPair, ada: User, settings: LazySettings) -> None:
    access = claims(pair.access_token, settings)

    assert jwt.get_unverified_header(pair.access_token)["kid"] == settings.SIMPLE_JWT["KEY_ID"]
    assert (access["user_id"], access["is_staff"], access["token_type"]) == (ada.pk, False, "access")
    assert access["exp"] - access["iat"] == 15 * 60  # type: ignore[operator]
    assert sorted(access) == ["aud", "exp", "iat", "is_staff", "iss", "jti", "token_type", "user_id"]


def test_the_refresh_token_names_its_family_for_14_days(pair: sessions.TokenPair, settings: LazySettings) -> None:
    refresh = claims(pair.refresh_token, settings)

    family = TokenFamily.objects.get()
    assert jwt.get_unverified_header(pair.refresh_token)["kid"] == settings.SIMPLE_JWT["KEY_ID"]
    assert (refresh["family"], refresh["jti"]) == (str(family.pk), family.current_jti)
    assert refresh["exp"] - refresh["iat"] == timedelta(days=14).total_seconds()  # type: ignore[operator]
    assert family.expires_at.timestamp() == refresh["exp"]


@pytest.mark.parametrize("email", ["ADA@EXAMPLE.COM", "  ada@example.com "])
def test_knows_an_email_whatever_its_case(post: Post, ada: User, email: str) -> None:
    assert post("login", email=email, password=PASSWORD).status_code == 200


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ada@example.com", "wrong"),
        ("ada@example.com", PASSWORD + " "),
        ("nobody@example.com", PASSWORD),
        ("no address", PASSWORD),
        ("ada@ехаmple.com", PASSWORD),  # noqa: RUF001 - Cyrillic, which is the point
    ],
)
def test_refuses_in_one_way_whatever_is_wrong(post: Post, ada: User, email: str, password: str) -> None:
    assert refusal(post("login", email=email, password=password)) == (401, "bad_credentials")


def test_refuses_a_closed_account_in_the_same_way(post: Post, ada: User) -> None:
    User.objects.update(is_active=False)

    assert refusal(post("login", email="ada@example.com", password=PASSWORD)) == (401, "bad_credentials")


@pytest.mark.parametrize("case", ["right", "wrong password", "unknown email", "closed account", "no usable password"])
def test_computes_one_hash_whoever_asks(
    post: Post, hasher: type[WatchedArgon2PasswordHasher], ada: User, case: str
) -> None:
    if case == "closed account":
        User.objects.update(is_active=False)
    if case == "no usable password":
        ada.set_unusable_password()
        ada.save()
    email = "nobody@example.com" if case == "unknown email" else "ada@example.com"
    hasher.hashes = 0

    post("login", email=email, password="wrong" if case == "wrong password" else PASSWORD)

    assert hasher.hashes == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "ada@example.com"}, "password"),
        ({"password": PASSWORD}, "email"),
        ({"email": "ada@example.com", "password": ""}, "password"),
        ({"email": None, "password": PASSWORD}, "email"),
        ({"email": ["ada@example.com"], "password": PASSWORD}, "email"),
        ({"email": "ada\0@example.com", "password": PASSWORD}, "email"),
        ({"email": "a" * 255, "password": PASSWORD}, "email"),
        ({"email": "ada@example.com", "password": 5}, "password"),
        ({"email": "ada@example.com", "password": "\ud800"}, "password"),
        ({"email": "ada@example.com", "password": PASSWORD, "remember": True}, "remember"),
    ],
)
def test_names_the_field_that_is_wrong(post: Post, ada: User, body: dict[str, object], field: str) -> None:
    response = post("login", **body)

    assert refusal(response) == (422, "invalid")
    assert list(response.json()["errors"]) == [field]


def test_hashes_the_password_anew_where_the_cost_was_raised(post: Post, ada: User, settings: LazySettings) -> None:
    settings.PASSWORD_HASHERS = [f"{CostlierArgon2PasswordHasher.__module__}.CostlierArgon2PasswordHasher"]

    answers = [post("login", email="ada@example.com", password=PASSWORD).status_code for _ in range(2)]

    ada.refresh_from_db()
    assert answers == [200, 200]
    assert "t=2" in ada.password


def test_refuses_a_password_that_is_changed_while_it_is_verified(
    post: Post, hasher: type[WatchedArgon2PasswordHasher], ada: User
) -> None:
    hasher.after_verify = lambda: change_password(
        user_id=ada.pk, current_password=PASSWORD, new_password="better horse 8"
    )

    assert refusal(post("login", email="ada@example.com", password=PASSWORD)) == (401, "bad_credentials")
    assert TokenFamily.objects.filter(revoked_at=None).count() == 1  # the one that the change began


def test_does_not_mind_that_another_login_hashed_the_password_anew_meanwhile(
    post: Post, hasher: type[WatchedArgon2PasswordHasher], ada: User
) -> None:
    def hash_anew() -> None:
        ada.set_password(PASSWORD)
        ada.save()

    hasher.after_verify = hash_anew

    assert post("login", email="ada@example.com", password=PASSWORD).status_code == 200


def test_refuses_an_account_that_is_closed_while_its_password_is_verified(
    post: Post, hasher: type[WatchedArgon2PasswordHasher], ada: User
) -> None:
    hasher.after_verify = lambda: User.objects.update(is_active=False)

    assert refusal(post("login", email="ada@example.com", password=PASSWORD)) == (401, "bad_credentials")


def test_sweeps_away_the_expired_logins_of_the_user(ada: User, pair: sessions.TokenPair) -> None:
    long_ago = TokenFamily.objects.get().created_at - timedelta(days=30)
    TokenFamily.objects.update(created_at=long_ago, expires_at=long_ago + timedelta(days=14))

    login(email="ada@example.com", password=PASSWORD)

    assert TokenFamily.objects.get().created_at > long_ago


def test_says_when_to_come_back_where_one_account_is_tried_too_often(
    post: Post, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AccountThrottle, "THROTTLE_RATES", {"login": "2/hour"})
    for email in ("ada@example.com", "ADA@example.com"):
        post("login", email=email, password="wrong")

    response = post("login", email="ada@example.com", password=PASSWORD)

    assert refusal(response) == (429, "throttled")
    assert 3500 < int(response["Retry-After"]) <= 3600
    assert post("login", email="nobody@example.com", password=PASSWORD).status_code == 401


@pytest.mark.parametrize("body", [{}, {"email": 5}, {"email": "\ud800"}])
def test_counts_a_try_without_an_email_too(
    post: Post, monkeypatch: pytest.MonkeyPatch, body: dict[str, object]
) -> None:
    monkeypatch.setattr(AccountThrottle, "THROTTLE_RATES", {"login": "1/hour"})

    assert [post("login", **body).status_code for _ in range(2)] == [422, 429]


def test_an_address_made_up_in_a_header_does_not_evade_the_limit(
    post: Post, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AccountThrottle, "THROTTLE_RATES", {"login": "1/hour"})
    post("login", email="ada@example.com", password="wrong")

    again = APIClient(headers={"X-Forwarded-For": "203.0.113.7"})
    response = again.post("/api/v1/users/login", {"email": "ada@example.com", "password": "wrong"}, format="json")

    assert refusal(response) == (429, "throttled")


def test_one_address_can_not_try_a_password_on_ever_more_accounts(
    post: Post, hasher: type[WatchedArgon2PasswordHasher], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AddressThrottle, "THROTTLE_RATES", {"login_address": "3/hour"})
    statuses = [post("login", email=f"user{number}@example.com", password="wrong").status_code for number in range(3)]

    response = post("login", email="user4@example.com", password="wrong")

    assert statuses == [401, 401, 401]
    assert refusal(response) == (429, "throttled")
    assert 3500 < int(response["Retry-After"]) <= 3600
    assert hasher.hashes == 3


def test_emails_made_up_by_a_refused_address_are_not_remembered(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AddressThrottle, "THROTTLE_RATES", {"login_address": "1/hour"})
    monkeypatch.setattr(AccountThrottle, "THROTTLE_RATES", {"login": "5/hour"})
    remembered: list[str] = []

    def remember(throttle: AccountThrottle) -> bool:
        remembered.append(throttle.email)
        return True

    monkeypatch.setattr(AccountThrottle, "throttle_success", remember)

    for number in range(3):
        post("login", email=f"user{number}@example.com", password="wrong")

    assert remembered == ["user0@example.com"]


def test_takes_four_statements(post: Post, ada: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    # find the user; lock them; sweep; begin the family. Two more are the savepoint that a test's transaction needs.
    with django_assert_num_queries(4 + 2, connection=connections["users"]):
        post("login", email="ada@example.com", password=PASSWORD)
