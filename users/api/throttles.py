"""How often one may try."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from users.models import normalise_email


class RegisterThrottle(SimpleRateThrottle):
    """By network address."""

    scope = "register"

    def get_cache_key(self, request: Request, view: APIView) -> str:
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}


class LoginThrottle(SimpleRateThrottle):
    """By network address and email together: nobody can lock an owner out from elsewhere.

    The key holds a digest: an email has no business in a cache, and the digest has one length.
    """

    scope = "login"

    def get_cache_key(self, request: Request, view: APIView) -> str:
        body: Any = request.data
        email = body.get("email") if isinstance(body, dict) else None
        who = normalise_email(email).lower() if isinstance(email, str) else ""
        ident = sha256(f"{self.get_ident(request)} {who}".encode(errors="replace")).hexdigest()
        return self.cache_format % {"scope": self.scope, "ident": ident}


class PasswordThrottle(SimpleRateThrottle):
    """By account: a stolen access token must not serve to guess the password behind it."""

    scope = "login"

    def get_cache_key(self, request: Request, view: APIView) -> str:
        return self.cache_format % {"scope": "password", "ident": request.user.pk}
