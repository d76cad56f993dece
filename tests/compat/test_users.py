"""`user.UserService`, asked by a client that was generated from the first ShopFlow's messages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from tests.compat.client import Ask, Fields, Refusal
from users import services, sessions
from users.models import User
from users.tokens import AccessToken

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True, databases=["users"])]

PASSWORD = "correct horse 7"
NOT_VALID = {"valid": False, "user_id": 0, "email": "", "username": ""}
Token = Callable[[User], str]


@pytest.fixture
def ada() -> User:
    return services.register(username="ada", email="ada@example.com", password=PASSWORD)


def tokens_of(user: User) -> sessions.TokenPair:
    return services.login(email=user.email, password=PASSWORD)


def access_token(user_id: object) -> AccessToken:
    token = AccessToken()
    token["user_id"], token["is_staff"] = user_id, False
    return token


def expired(user: User) -> str:
    token = access_token(user.pk)
    token.set_exp(lifetime=timedelta(hours=-1))
    return str(token)


def changed(user: User) -> str:
    head, _, signature = str(access_token(user.pk)).split(".")
    return ".".join([head, str(access_token(user.pk + 1)).split(".")[1], signature])


def signed_by_another(user: User) -> str:
    good = str(access_token(user.pk))
    claims = jwt.decode(good, options={"verify_signature": False})
    key = generate_private_key(public_exponent=65537, key_size=2048)
    return jwt.encode(claims, key, algorithm="RS256", headers={"kid": jwt.get_unverified_header(good)["kid"]})


NOT_GOOD: dict[str, Token] = {
    "nothing": lambda user: "",
    "no-token": lambda user: "nonsense",
    "dots": lambda user: "a.b.c",
    "not-ascii": lambda user: "tökên\u0000",
    "with-its-scheme": lambda user: f"Bearer {access_token(user.pk)}",
    "expired": expired,
    "changed": changed,
    "signed-by-another": signed_by_another,
    "for-refreshing": lambda user: tokens_of(user).refresh_token,
    "of-nobody": lambda user: str(access_token(user.pk + 1)),
    "without-a-number": lambda user: str(access_token("1")),
    "without-a-holder": lambda user: str(AccessToken()),
}


def test_a_good_token_tells_whose_it_is(ask: Ask, ada: User) -> None:
    answer = ask("user.UserService/ValidateToken", token=tokens_of(ada).access_token)
    assert answer == {"valid": True, "user_id": ada.pk, "email": "ada@example.com", "username": "ada"}


@pytest.mark.parametrize("token", NOT_GOOD.values(), ids=NOT_GOOD)
def test_any_other_token_is_not_valid_and_no_error(ask: Ask, ada: User, token: Token) -> None:
    assert ask("user.UserService/ValidateToken", token=token(ada)) == NOT_VALID


def test_a_closed_account_has_no_valid_token(ask: Ask, ada: User) -> None:
    token = tokens_of(ada).access_token
    User.objects.filter(pk=ada.pk).update(is_active=False)
    assert ask("user.UserService/ValidateToken", token=token) == NOT_VALID


def test_an_id_that_has_no_room_is_an_error_and_nobody_else(ask: Ask) -> None:
    far = User.objects.create_user(id=2**31, username="far", email="far@example.com", password=PASSWORD)
    expected = Refusal("FAILED_PRECONDITION", "TOO_LARGE_FOR_INT32", (("field", "user_id"),))
    assert ask("user.UserService/ValidateToken", token=tokens_of(far).access_token) == expected


def test_the_last_id_with_room_is_told(ask: Ask) -> None:
    last = User.objects.create_user(id=2**31 - 1, username="last", email="last@example.com", password=PASSWORD)
    answer = ask("user.UserService/ValidateToken", token=tokens_of(last).access_token)
    assert answer == {"valid": True, "user_id": 2147483647, "email": "last@example.com", "username": "last"}


@pytest.mark.parametrize("active", [True, False], ids=["open", "closed"])
def test_a_user_is_told_with_the_moment_of_registration(ask: Ask, ada: User, active: bool) -> None:
    User.objects.filter(pk=ada.pk).update(is_active=active)
    assert ask("user.UserService/GetUser", user_id=ada.pk) == expected_user(ada)


def expected_user(user: User) -> Fields:
    moment = user.created_at.strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")
    return {"user_id": user.pk, "email": user.email, "username": user.username, "created_at": moment}


@pytest.mark.parametrize("user_id", [0, -1, 2**31 - 1, -(2**31)])
def test_a_user_who_is_not_there_is_not_found(ask: Ask, user_id: int) -> None:
    expected = Refusal("NOT_FOUND", "USER_NOT_FOUND", (("user_id", str(user_id)),))
    assert ask("user.UserService/GetUser", user_id=user_id) == expected
