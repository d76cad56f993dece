"""Access and refresh tokens: signed claims, made and read without a database."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Protocol

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.conf import settings
from jwt.algorithms import RSAAlgorithm
from rest_framework_simplejwt import tokens
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError

RIGHTS = ("catalogue", "stock", "orders", "operations")
"""What a member of staff can be let to do, each the name of a group; a superuser may do all of it."""


class Keys(Protocol):
    """The public keys that verify tokens."""

    def version(self) -> int:
        """Another number once the keys are others: what was verified before has to be verified again."""

    def find(self, key_id: str) -> RSAPublicKey:
        """The key of this id; KeyError where there is none."""


class OwnKeys:
    """The keys in this process's settings, which stay the same while it runs."""

    def __init__(self, pems: Mapping[str, str]) -> None:
        algorithm = RSAAlgorithm(RSAAlgorithm.SHA256)
        self.by_id: dict[str, Any] = {key_id: algorithm.prepare_key(pem) for key_id, pem in pems.items()}

    def version(self) -> int:
        return 0

    def find(self, key_id: str) -> RSAPublicKey:
        key: RSAPublicKey = self.by_id[key_id]
        return key


class KeyedTokenBackend(TokenBackend):
    """simplejwt's backend plus the header `kid`, so that a key can be replaced while tokens of the old one live on."""

    def __init__(self, *, keys: Keys, key_id: str = "", **options: Any) -> None:
        super().__init__(**options)
        self.keys = keys
        self.key_id = key_id

    def encode(self, payload: dict[str, Any]) -> str:
        claims = {**payload, "iss": self.issuer, "aud": self.audience}
        return jwt.encode(claims, self.prepared_signing_key, algorithm=self.algorithm, headers={"kid": self.key_id})

    def get_verifying_key(self, token: Any) -> Any:
        try:
            return self.keys.find(jwt.get_unverified_header(token)["kid"])
        except KeyError as error:
            raise TokenBackendError("Token is signed with an unknown key") from error


@cache
def own_keys() -> OwnKeys:
    return OwnKeys(settings.SIMPLE_JWT["VERIFYING_KEYS"])


@cache
def backend() -> KeyedTokenBackend:
    """Signs, and verifies with the keys of this process."""
    options: dict[str, Any] = settings.SIMPLE_JWT
    return backend_of(own_keys(), key_id=options["KEY_ID"], signing_key=options["SIGNING_KEY"])


def backend_of(keys: Keys, **signing: str) -> KeyedTokenBackend:
    """Reads our tokens with those keys, whoever holds the private one."""
    options: dict[str, Any] = settings.SIMPLE_JWT
    return KeyedTokenBackend(
        keys=keys,
        algorithm=options["ALGORITHM"],
        issuer=options["ISSUER"],
        audience=options["AUDIENCE"],
        leeway=options.get("LEEWAY"),
        **signing,
    )


class AccessToken(tokens.AccessToken):
    """Claims: user_id (int), is_staff (bool), rights (of staff: their groups), jti, iat, exp, iss, aud."""

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
        for key_id, key in own_keys().by_id.items()
    ]
