"""How often one may try."""

from __future__ import annotations

from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from django.http import HttpRequest
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle, SimpleRateThrottle
from rest_framework.views import APIView

from users.models import normalise_email


class RegisterThrottle(SimpleRateThrottle):
    """By network address."""

    scope = "register"

    def get_cache_key(self, request: Request, view: APIView | None) -> str:
        return _key(self, network_of(request))


class AddressThrottle(SimpleRateThrottle):
    """By network address: whoever tries one password on many accounts, each at the price of a hash."""

    scope = "login_address"

    def get_cache_key(self, request: Request, view: APIView | None) -> str:
        return _key(self, network_of(request))


class AccountThrottle(SimpleRateThrottle):
    """By network address and email together: nobody can lock an owner out from elsewhere."""

    scope = "login"

    def __init__(self, email: str) -> None:
        super().__init__()
        self.email = normalise_email(email).lower()

    def get_cache_key(self, request: Request, view: APIView | None) -> str:
        return _key(self, f"{network_of(request)} {self.email}")


class LoginThrottle(BaseThrottle):
    """Both, for the API."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        body: Any = request.data
        email = body.get("email") if isinstance(body, dict) else None
        count_login(request, email=email if isinstance(email, str) else "")
        return True


class PasswordThrottle(SimpleRateThrottle):
    """By account: a stolen access token must not serve to guess the password behind it."""

    scope = "login"

    def get_cache_key(self, request: Request, view: APIView) -> str:
        return self.cache_format % {"scope": "password", "ident": request.user.pk}


def count_login(request: Request | HttpRequest, *, email: str) -> None:
    """One more try, whichever door it comes to; or Throttled.

    The address comes first, and where it is refused nothing else is counted: emails made up from one address can not
    crowd the counters of others out of the cache.
    """
    for throttle in (AddressThrottle(), AccountThrottle(email)):
        if not throttle.allow_request(request, None):  # type: ignore[arg-type]  # they look at neither's own members
            raise Throttled(wait=throttle.wait())


def network_of(request: Request | HttpRequest) -> str:
    """Where a request comes from, as trusted proxies say: of IPv6 the network, since whoever has one of its addresses
    has all 2^64 of them.
    """
    given = BaseThrottle().get_ident(request) or ""  # type: ignore[arg-type]  # it reads META alone
    try:
        address = ip_address(given)
    except ValueError:
        return given
    if not isinstance(address, IPv6Address):
        return str(address)
    return str(address.ipv4_mapped or ip_network((address, 64), strict=False).network_address)


def _key(throttle: SimpleRateThrottle, ident: str) -> str:
    """With a digest: an email or an address has no business in a cache, and the digest has one length."""
    return f"throttle_{throttle.scope}_{sha256(ident.encode(errors='replace')).hexdigest()}"
