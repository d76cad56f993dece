from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.conf import settings
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from shopflow.http import authentication
from shopflow.http.authentication import TokenAuthentication, TokenUser
from shopflow.settings import base, local
from shopflow.settings.keys import local_signing_keys
from users.tokens import AccessToken, RefreshToken

Forge = Callable[..., str]
OURS: dict[str, Any] = settings.SIMPLE_JWT


@pytest.fixture(autouse=True)
def _nobody_is_remembered() -> None:
    authentication._verified.cache_clear()


@pytest.fixture
def forge() -> Forge:
    """A token of ours in everything but the claims, or the key, that the test gives."""

    def make(key: str = OURS["SIGNING_KEY"], **changes: Any) -> str:
        claims = {**access_token().payload, "iss": "shopflow", "aud": "shopflow", **changes}
        given = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(given, key, algorithm="RS256", headers={"kid": OURS["KEY_ID"]})

    return make


def access_token(**claims: Any) -> AccessToken:
    token = AccessToken()
    for name, value in {"user_id": 7, "is_staff": False, **claims}.items():
        token[name] = value
    return token


def authenticate(header: str | None) -> TokenUser | None:
    request = APIRequestFactory().get("/", headers={} if header is None else {"Authorization": header})
    found = TokenAuthentication().authenticate(APIView().initialize_request(request))
    return found[0] if found else None


def refusal(token: str) -> str:
    with pytest.raises(AuthenticationFailed) as caught:
        authenticate(f"Bearer {token}")
    return str(caught.value.get_codes())


@pytest.mark.parametrize("is_staff", [True, False])
@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_reads_the_holder_from_the_token_without_a_database(scheme: str, *, is_staff: bool) -> None:
    # Without the mark `django_db`, pytest-django fails on any query.
    user = authenticate(f"{scheme} {access_token(is_staff=is_staff)}")

    assert user == TokenUser(7, is_staff)
    assert (user.pk, user.is_authenticated, user.is_active, user.is_anonymous) == (7, True, True, False)


def test_reads_what_the_holder_may_do_and_nothing_where_an_older_token_does_not_say() -> None:
    allowed = authenticate(f"Bearer {access_token(is_staff=True, rights=['stock'])}")

    assert allowed == TokenUser(7, is_staff=True, rights=frozenset({"stock"}))
    assert authenticate(f"Bearer {access_token(is_staff=True)}") == TokenUser(7, is_staff=True)


@pytest.mark.parametrize("header", [None, "", "Basic YWRhOnNlY3JldA==", "Token abc"])
def test_leaves_whoever_brings_no_bearer_token_unknown(header: str | None) -> None:
    assert authenticate(header) is None


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c", "ä", "e30.e30.e30", "x" * 100_000, "two words"])
def test_refuses_what_is_no_token(token: str) -> None:
    assert refusal(token) == "bad_token"


def test_refuses_a_refresh_token() -> None:
    assert refusal(str(RefreshToken())) == "bad_token"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "another"},
        {"iss": None},
        {"aud": "another"},
        {"aud": None},
        {"exp": None},
        {"jti": None},
        {"token_type": None},
        {"user_id": None},
        {"user_id": "7"},
        {"user_id": True},
        {"is_staff": None},
        {"is_staff": "yes"},
        {"rights": "stock"},
        {"rights": [1]},
        {"rights": {"stock": True}},
    ],
)
def test_refuses_claims_that_are_not_ours(forge: Forge, changes: dict[str, Any]) -> None:
    assert authenticate(f"Bearer {forge()}") == TokenUser(7, is_staff=False)
    assert refusal(forge(**changes)) == "bad_token"


@pytest.mark.parametrize("header", [{"kid": "unknown"}, {"kid": ""}, {"kid": 5}, {"kid": None}, {}, [], 5])
def test_refuses_a_header_that_does_not_name_our_key(forge: Forge, header: Any) -> None:
    given = {"alg": "RS256", **header} if isinstance(header, dict) else header
    _, payload, signature = forge().split(".")

    assert refusal(f"{urlsafe_b64encode(json.dumps(given).encode()).decode()}.{payload}.{signature}") == "bad_token"


def test_refuses_the_signature_of_another_key(forge: Forge, tmp_path: Any) -> None:
    assert refusal(forge(local_signing_keys(tmp_path)["SIGNING_KEY"])) == "bad_token"


def test_refuses_a_changed_token(forge: Forge) -> None:
    head, _, signature = forge().split(".")
    payload = forge(is_staff=True).split(".")[1]

    assert refusal(f"{head}.{payload}.{signature}") == "bad_token"


@pytest.mark.parametrize(("algorithm", "key"), [("none", ""), ("HS256", "a secret of thirty-two characters")])
def test_refuses_another_algorithm(algorithm: str, key: str) -> None:
    claims = {**access_token().payload, "iss": "shopflow", "aud": "shopflow"}

    assert refusal(jwt.encode(claims, key, algorithm=algorithm, headers={"kid": OURS["KEY_ID"]})) == "bad_token"


def test_says_that_a_token_has_expired() -> None:
    token = access_token()
    token.set_exp(lifetime=-timedelta(minutes=1))

    assert refusal(str(token)) == "token_expired"


def test_says_so_too_of_a_token_that_it_remembers(monkeypatch: pytest.MonkeyPatch) -> None:
    token = str(access_token())
    assert authenticate(f"Bearer {token}") == TokenUser(7, is_staff=False)
    end = jwt.decode(token, options={"verify_signature": False})["exp"] + OURS["LEEWAY"]

    monkeypatch.setattr(authentication, "time", lambda: end - 1)
    assert authenticate(f"Bearer {token}") == TokenUser(7, is_staff=False)
    monkeypatch.setattr(authentication, "time", lambda: end)
    assert refusal(token) == "token_expired"


def test_verifies_a_signature_once() -> None:
    token = str(access_token())
    for _ in range(3):
        authenticate(f"Bearer {token}")

    remembered = authentication._verified.cache_info()
    assert (remembered.misses, remembered.hits, remembered.maxsize) == (1, 2, authentication.REMEMBERED)


def test_remembers_no_bad_token() -> None:
    for _ in range(2):
        refusal("nonsense")

    assert authentication._verified.cache_info().currsize == 0


def test_outside_the_tests_a_password_costs_what_django_says() -> None:
    assert base.PASSWORD_HASHERS == ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    assert local.PASSWORD_HASHERS == base.PASSWORD_HASHERS
