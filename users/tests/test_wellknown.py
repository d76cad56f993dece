from __future__ import annotations

import jwt
import pytest
from django.conf import LazySettings
from rest_framework.test import APIClient

from users import sessions, tokens
from users.models import User


def test_shows_the_key_that_signs_and_nothing_private(settings: LazySettings) -> None:
    response = APIClient().get("/.well-known/jwks.json")

    (key,) = response.json()["keys"]
    assert response.status_code == 200
    assert response["Cache-Control"] == "public, max-age=300"
    assert sorted(key) == ["alg", "e", "kid", "kty", "n", "use"]
    assert (key["kty"], key["alg"], key["use"], key["e"]) == ("RSA", "RS256", "sig", "AQAB")
    assert key["kid"] == settings.SIMPLE_JWT["KEY_ID"]


@pytest.mark.django_db(databases=["users"])
def test_verifies_our_tokens_for_those_who_know_nothing_else(pair: sessions.TokenPair, ada: User) -> None:
    keys = jwt.PyJWKSet.from_dict(APIClient().get("/.well-known/jwks.json").json())
    key = keys[jwt.get_unverified_header(pair.access_token)["kid"]]

    claims = jwt.decode(pair.access_token, key, algorithms=["RS256"], audience="shopflow", issuer="shopflow")

    assert claims["user_id"] == ada.pk


def test_is_computed_once() -> None:
    assert tokens.public_keys() is tokens.public_keys()
