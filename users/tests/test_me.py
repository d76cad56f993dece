from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from django.db import connections
from django.utils.dateparse import parse_datetime
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from tests.threads import all_at_once
from users import sessions
from users.api.throttles import PasswordThrottle
from users.models import User
from users.services import login, register
from users.tests.conftest import PASSWORD, Answer, Post

pytestmark = pytest.mark.django_db(databases=["users"])

ME = "/api/v1/users/me"
MY_PASSWORD = "/api/v1/users/me/password"
NEW = "better horse 8"


def refusal(response: Answer) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def patch(api: APIClient, **body: Any) -> Answer:
    return api.patch(ME, json.dumps(body), content_type="application/json")


def change(api: APIClient, **body: Any) -> Answer:
    return api.post(MY_PASSWORD, json.dumps(body), content_type="application/json")


@pytest.mark.parametrize(("method", "path"), [("get", ME), ("patch", ME), ("post", MY_PASSWORD)])
def test_answers_403_with_no_token(method: str, path: str) -> None:
    assert refusal(getattr(APIClient(), method)(path)) == (403, "unauthenticated")


@pytest.mark.parametrize(("method", "path"), [("get", ME), ("patch", ME), ("post", MY_PASSWORD)])
def test_answers_401_with_a_bad_token(method: str, path: str) -> None:
    response = getattr(APIClient(), method)(path, headers={"Authorization": "Bearer nonsense"})

    assert refusal(response) == (401, "bad_token")
    assert response["WWW-Authenticate"] == "Bearer"


def test_answers_401_with_a_refresh_token(pair: sessions.TokenPair) -> None:
    response = APIClient().get(ME, headers={"Authorization": f"Bearer {pair.refresh_token}"})

    assert refusal(response) == (401, "bad_token")


def test_shows_the_account(ada_api: APIClient, ada: User) -> None:
    response = ada_api.get(ME)

    body = response.json()
    assert response.status_code == 200
    assert parse_datetime(body.pop("created_at")) == ada.created_at
    assert body == {"id": ada.pk, "username": "ada", "email": "ada@example.com"}
    assert response["Cache-Control"] == "no-store"


def test_takes_one_statement(ada_api: APIClient, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1, connection=connections["users"]):
        ada_api.get(ME)


def test_answers_401_where_the_token_outlived_the_account(ada_api: APIClient) -> None:
    User.objects.update(is_active=False)

    answers = [ada_api.get(ME), patch(ada_api, username="countess"), patch(ada_api)]

    assert [refusal(answer) for answer in answers] == [(401, "account_closed")] * 3
    assert refusal(change(ada_api, current_password=PASSWORD, new_password=NEW)) == (401, "account_closed")
    assert User.objects.get().username == "ada"


@pytest.mark.parametrize(
    ("changes", "username", "email"),
    [
        ({"username": "countess"}, "countess", "ada@example.com"),
        ({"email": " Ada@Lovelace.ORG "}, "ada", "Ada@lovelace.org"),
        ({"username": "ADA", "email": "ADA@example.com"}, "ADA", "ADA@example.com"),
        ({}, "ada", "ada@example.com"),
    ],
)
def test_changes_what_is_given(ada_api: APIClient, changes: dict[str, str], username: str, email: str) -> None:
    response = patch(ada_api, **changes)

    assert response.status_code == 200
    assert (response.json()["username"], response.json()["email"]) == (username, email)
    assert ada_api.get(ME).json() == response.json()


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"username": "GRACE"}, "username_taken"), ({"email": "Grace@Example.com"}, "email_taken")],
)
def test_refuses_what_another_account_has(ada_api: APIClient, changes: dict[str, str], code: str) -> None:
    register(username="grace", email="grace@example.com", password=PASSWORD)

    assert refusal(patch(ada_api, **changes)) == (409, code)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "ab"),
        ("username", None),
        ("username", 12345),
        ("email", "nobody"),
        ("email", ""),
        ("email", "ada@ехаmple.com"),  # noqa: RUF001 - Cyrillic, which is the point
        ("id", 7),
        ("password", NEW),
        ("is_staff", True),
    ],
)
def test_names_the_field_that_is_wrong(ada_api: APIClient, field: str, value: Any) -> None:
    response = patch(ada_api, **{field: value})

    assert refusal(response) == (422, "invalid")
    assert list(response.json()["errors"]) == [field]


def test_a_new_password_ends_every_login_and_begins_a_new_one(
    post: Post, ada_api: APIClient, pair: sessions.TokenPair
) -> None:
    other = login(email="ada@example.com", password=PASSWORD)

    response = change(ada_api, current_password=PASSWORD, new_password=NEW)

    assert response.status_code == 200
    assert post("refresh", refresh_token=response.json()["refresh_token"]).status_code == 200
    for old in (pair, other):
        assert refusal(post("refresh", refresh_token=old.refresh_token)) == (401, "token_revoked")
    assert post("login", email="ada@example.com", password=NEW).status_code == 200
    assert post("login", email="ada@example.com", password=PASSWORD).status_code == 401


def test_says_in_words_why_a_password_is_refused(ada_api: APIClient) -> None:
    body = change(ada_api, current_password="wrong", new_password=NEW).json()

    assert body["detail"] == "current_password: This is not the current password."
    assert body["errors"] == {"current_password": ["This is not the current password."]}


@pytest.mark.parametrize(
    ("current", "new", "field"),
    [
        ("wrong", NEW, "current_password"),
        (PASSWORD, "short", "new_password"),
        (PASSWORD, "password", "new_password"),
        (PASSWORD, "84736251", "new_password"),
        (PASSWORD, "ada@example.com", "new_password"),
        (PASSWORD, None, "new_password"),
        (None, NEW, "current_password"),
    ],
)
def test_refuses_a_password_and_names_the_field(
    ada_api: APIClient, current: str | None, new: str | None, field: str
) -> None:
    response = change(ada_api, current_password=current, new_password=new)

    assert refusal(response) == (422, "invalid")
    assert list(response.json()["errors"]) == [field]
    assert User.objects.get().check_password(PASSWORD)


@pytest.mark.django_db(databases=["users"], transaction=True)
def test_of_two_changes_at_once_one_counts(ada_api: APIClient, pair: sessions.TokenPair) -> None:
    def act(number: int) -> int:
        api = APIClient(headers={"Authorization": f"Bearer {pair.access_token}"})
        return change(api, current_password=PASSWORD, new_password=f"{NEW}{number}").status_code

    assert Counter(all_at_once(4, act, databases=["users"])) == {200: 1, 422: 3}
    assert User.objects.get().token_families.filter(revoked_at=None).count() == 1


def test_a_stolen_access_token_does_not_serve_to_guess_the_password(
    ada_api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PasswordThrottle, "THROTTLE_RATES", {"login": "2/hour"})
    answers = [change(ada_api, current_password="wrong", new_password=NEW).status_code for _ in range(2)]

    response = change(ada_api, current_password=PASSWORD, new_password=NEW)

    assert answers == [422, 422]
    assert refusal(response) == (429, "throttled")
    assert 3500 < int(response["Retry-After"]) <= 3600
