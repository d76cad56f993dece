"""Who is asking, read from the access token alone: no database query, in whichever context this runs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from time import time
from typing import ClassVar

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.exceptions import ExpiredTokenError, TokenError

from contracts.caller import identify
from shopflow.http.published_keys import PublishedKeys
from users.tokens import AccessToken, KeyedTokenBackend, backend, backend_of

REMEMBERED = 4096
"""How many verified tokens a process keeps; about 1 KiB each."""


@dataclass(frozen=True, slots=True)
class TokenUser:
    """The holder of a good access token, as that token describes them."""

    id: int
    is_staff: bool
    rights: frozenset[str] = frozenset()

    is_active: ClassVar[bool] = True
    is_authenticated: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False

    @property
    def pk(self) -> int:
        return self.id


@cache
def verifier() -> KeyedTokenBackend:
    """Knows the keys of users: they are this process's own, or users publishes them."""
    return backend_of(PublishedKeys(settings.JWKS_URL)) if settings.JWKS_URL else backend()


class PresentedToken(AccessToken):
    """An access token that somebody brings, whoever made it."""

    @property
    def token_backend(self) -> KeyedTokenBackend:
        return verifier()


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token>`."""

    def authenticate(self, request: Request) -> tuple[TokenUser, None] | None:
        scheme, _, token = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        user = _holder(token.strip())
        identify(user.id)
        return user, None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def _holder(token: bytes) -> TokenUser:
    try:
        user, expires_at = _verified(token, verifier().keys.version())
    except ExpiredTokenError:
        raise _expired() from None
    except TokenError:
        raise AuthenticationFailed("The access token is not valid.", code="bad_token") from None
    if expires_at <= time():
        raise _expired()
    return user


@lru_cache(maxsize=REMEMBERED)
def _verified(token: bytes, _keys: int) -> tuple[TokenUser, float]:
    """The holder, and when the token ends. As long as the keys stay the same, only the time is checked again."""
    claims = PresentedToken(token)  # type: ignore[arg-type]  # whose stub takes a Token for the text of one
    user_id, is_staff, rights = claims.get("user_id"), claims.get("is_staff"), claims.get("rights", [])
    if type(user_id) is not int or type(is_staff) is not bool:
        raise TokenError("Token has no holder")
    if type(rights) is not list or not all(type(right) is str for right in rights):
        raise TokenError("Token has no rights that could be read")
    return TokenUser(user_id, is_staff, frozenset(rights)), claims["exp"] + verifier().get_leeway().total_seconds()


def _expired() -> AuthenticationFailed:
    return AuthenticationFailed("The access token has expired.", code="token_expired")


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the OpenAPI document describes it."""

    target_class = TokenAuthentication
    name = "bearer"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
