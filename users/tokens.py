"""Access and refresh tokens: signed claims, made and read without a database."""

from __future__ import annotations

from functools import cache, cached_property
from typing import Any

import jwt
from django.conf import settings
from jwt.algorithms import RSAAlgorithm
from rest_framework_simplejwt import tokens
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError


class KeyedTokenBackend(TokenBackend):
    """simplejwt's backend plus the header `kid`, so that a key can be replaced while tokens of the old one live on."""

    def __init__(self, *, key_id: str, verifying_keys: dict[str, str], **options: Any) -> None:
        super().__init__(**options)
        self.key_id = key_id
        self.verifying_keys = verifying_keys

    @cached_property
    def prepared_verifying_keys(self) -> dict[str, Any]:
        return {key_id: self._prepare_key(pem) for key_id, pem in self.verifying_keys.items()}

    def encode(self, payload: dict[str, Any]) -> str:
        claims = {**payload, "iss": self.issuer, "aud": self.audience}
        return jwt.encode(claims, self.prepared_signing_key, algorithm=self.algorithm, headers={"kid": self.key_id})

    def get_verifying_key(self, token: Any) -> Any:
        try:
            return self.prepared_verifying_keys[jwt.get_unverified_header(token)["kid"]]
        except KeyError as error:
            raise TokenBackendError("Token is signed with an unknown key") from error


@cache
def backend() -> KeyedTokenBackend:
    options: dict[str, Any] = settings.SIMPLE_JWT
    return KeyedTokenBackend(
        key_id=options["KEY_ID"],
        verifying_keys=options["VERIFYING_KEYS"],
        algorithm=options["ALGORITHM"],
        signing_key=options["SIGNING_KEY"],
        issuer=options["ISSUER"],
        audience=options["AUDIENCE"],
        leeway=options.get("LEEWAY"),
    )


class AccessToken(tokens.AccessToken):
    """Claims: user_id (int), is_staff (bool), jti, iat, exp, iss, aud."""

    @property
    def token_backend(self) -> TokenBackend:
        return backend()


class RefreshToken(tokens.RefreshToken):
    """Claims: family (UUID), jti, iat, exp, iss, aud; who the holder is, the database knows."""

    @property
    def token_backend(self) -> TokenBackend:
        return backend()


@cache
def public_keys() -> list[dict[str, str]]:
    """Every key that verifies a token, as JWK (RFC 7517); the one that signs comes first."""
    return [
        {
            **{name: RSAAlgorithm.to_jwk(key, as_dict=True)[name] for name in ("kty", "n", "e")},
            "use": "sig",
            "alg": backend().algorithm,
            "kid": key_id,
        }
        for key_id, key in backend().prepared_verifying_keys.items()
    ]
