from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connections
from pytest_django import DjangoAssertNumQueries
from rest_framework_simplejwt.utils import aware_utcnow

from tests.threads import all_at_once
from users import sessions
from users.models import TokenFamily, User
from users.services import login
from users.tests.conftest import PASSWORD, Answer, Post
from users.tokens import AccessToken, RefreshToken

pytestmark = pytest.mark.django_db(databases=["users"])


def refusal(response: Answer) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def refresh_token(**claims: object) -> str:
    """A token with our signature and these claims."""
    token = RefreshToken()
    for name, value in claims.items():
        token[name] = value
    return str(token)


def test_gives_the_next_pair(post: Post, pair: sessions.TokenPair) -> None:
    first = post("refresh", refresh_token=pair.refresh_token)
    second = post("refresh", refresh_token=first.json()["refresh_token"])

    assert (first.status_code, second.status_code) == (200, 200)
    assert sorted(first.json()) == ["access_token", "expires_in", "refresh_token", "token_type"]
    assert first["Cache-Control"] == "no-store"
    assert len({pair.refresh_token, first.json()["refresh_token"], second.json()["refresh_token"]}) == 3
    assert TokenFamily.objects.count() == 1


def test_reuse_of_an_old_token_revokes_the_family(post: Post, pair: sessions.TokenPair) -> None:
    newer = post("refresh", refresh_token=pair.refresh_token).json()["refresh_token"]

    assert refusal(post("refresh", refresh_token=pair.refresh_token)) == (401, "token_reused")
    assert refusal(post("refresh", refresh_token=newer)) == (401, "token_revoked")
    assert refusal(post("refresh", refresh_token=pair.refresh_token)) == (401, "token_revoked")


def test_reuse_leaves_the_other_logins_of_the_user_alone(post: Post, ada: User, pair: sessions.TokenPair) -> None:
    other = login(email=ada.email, password=PASSWORD)
    for _ in range(2):
        post("refresh", refresh_token=pair.refresh_token)

    assert post("refresh", refresh_token=other.refresh_token).status_code == 200


@pytest.mark.django_db(databases=["users"], transaction=True)
def test_of_many_who_come_with_one_token_one_gets_through(post: Post, pair: sessions.TokenPair) -> None:
    def refresh(number: int) -> tuple[int, str | None]:
        response = post("refresh", refresh_token=pair.refresh_token)
        return response.status_code, response.json().get("code")

    answers = Counter(all_at_once(8, refresh, databases=["users"]))

    assert answers == {(200, None): 1, (401, "token_reused"): 1, (401, "token_revoked"): 6}
    assert TokenFamily.objects.get().revoked_at is not None


def test_a_closed_account_gets_no_more_tokens(post: Post, pair: sessions.TokenPair) -> None:
    User.objects.update(is_active=False)

    assert refusal(post("refresh", refresh_token=pair.refresh_token)) == (401, "account_closed")
    User.objects.update(is_active=True)
    assert refusal(post("refresh", refresh_token=pair.refresh_token)) == (401, "token_revoked")


def test_an_account_that_was_closed_and_opened_again_has_no_logins_left(
    post: Post, ada: User, pair: sessions.TokenPair
) -> None:
    for ada.is_active in (False, True):
        ada.save()

    assert refusal(post("refresh", refresh_token=pair.refresh_token)) == (401, "token_revoked")


def test_a_change_of_rank_shows_in_the_next_access_token(post: Post, pair: sessions.TokenPair) -> None:
    User.objects.update(is_staff=True)

    access = post("refresh", refresh_token=pair.refresh_token).json()["access_token"]

    assert AccessToken(access)["is_staff"] is True


def test_a_family_that_has_expired_in_the_database_is_over(post: Post, pair: sessions.TokenPair) -> None:
    created = TokenFamily.objects.get().created_at - timedelta(days=15)
    TokenFamily.objects.update(created_at=created, expires_at=created + timedelta(days=14))

    assert refusal(post("refresh", refresh_token=pair.refresh_token)) == (401, "token_revoked")


@pytest.mark.parametrize("name", ["refresh", "logout"])
@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda pair: pair.access_token, "bad_token"),
        (lambda pair: pair.refresh_token[:-4] + "AAAA", "bad_token"),
        (lambda pair: "a.b.c", "bad_token"),
        (lambda pair: "é" * 100, "bad_token"),
        (lambda pair: refresh_token(), "bad_token"),
        (lambda pair: refresh_token(family="none"), "bad_token"),
        (lambda pair: refresh_token(family=5), "bad_token"),
        (lambda pair: refresh_token(family=str(uuid.uuid4()), exp=0), "token_expired"),
    ],
)
def test_refuses_what_is_no_refresh_token_of_ours(
    post: Post, pair: sessions.TokenPair, name: str, make: Callable[[sessions.TokenPair], str], code: str
) -> None:
    assert refusal(post(name, refresh_token=make(pair))) == (401, code)
    assert TokenFamily.objects.get().revoked_at is None


def test_refuses_a_family_that_does_not_exist(post: Post) -> None:
    assert refusal(post("refresh", refresh_token=refresh_token(family=str(uuid.uuid4())))) == (401, "token_revoked")


@pytest.mark.parametrize("name", ["refresh", "logout"])
@pytest.mark.parametrize("body", [{}, {"refresh_token": 5}, {"refresh_token": "\0"}, {"refresh_token": "x" * 4097}])
def test_names_the_field_that_is_wrong(post: Post, name: str, body: dict[str, object]) -> None:
    response = post(name, **body)

    assert refusal(response) == (422, "invalid")
    assert list(response.json()["errors"]) == ["refresh_token"]


def test_logout_ends_the_login(post: Post, pair: sessions.TokenPair) -> None:
    response = post("logout", refresh_token=pair.refresh_token)

    assert (response.status_code, response.json()) == (200, {})
    assert refusal(post("refresh", refresh_token=pair.refresh_token)) == (401, "token_revoked")


def test_logout_can_be_repeated(post: Post, pair: sessions.TokenPair) -> None:
    answers = [post("logout", refresh_token=pair.refresh_token).status_code for _ in range(2)]

    assert answers == [200, 200]


def test_logout_with_a_token_that_was_used_revokes_the_family(post: Post, pair: sessions.TokenPair) -> None:
    newer = post("refresh", refresh_token=pair.refresh_token).json()["refresh_token"]

    assert refusal(post("logout", refresh_token=pair.refresh_token)) == (401, "token_reused")
    assert refusal(post("refresh", refresh_token=newer)) == (401, "token_revoked")


def test_takes_two_statements(
    post: Post, pair: sessions.TokenPair, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2, connection=connections["users"]):
        post("refresh", refresh_token=pair.refresh_token)


def test_prolongs_the_family(post: Post, pair: sessions.TokenPair) -> None:
    soon = aware_utcnow() + timedelta(minutes=1)
    TokenFamily.objects.update(expires_at=soon)

    post("refresh", refresh_token=pair.refresh_token)

    assert TokenFamily.objects.get().expires_at > soon + timedelta(days=13)
