"""The configuration of Envoy, from the one template of all modes."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.template import Context, Engine

from shopflow.gateway.pages import PAGES
from shopflow.gateway.places import CLIENT_LOGIN_RATE, CLIENT_RATE, Place
from shopflow.gateway.public import GATEWAY, public_methods
from shopflow.gateway.refusals import HEADERS_KIB, NOT_BAD, REFUSALS
from shopflow.gateway.routes import METRICS, ROUTES

TEMPLATES = "deploy/envoy"
KEYS_SECONDS = 60
"""A withdrawn key is good here for so long; a new one is known to the services at once (`NOT_BAD`)."""
MARGIN = 2
"""Seconds by which the gateway outwaits a service: its own 504 says more."""
DEFAULT_HOST = "localhost"
ADDRESSES = 10_000
"""Clients that are counted one by one; of more, the one that was away longest is forgotten."""
UNLIMITED = 1_000_000_000
"""Of all addresses together: Envoy counts each only beside a limit for all."""
CALL_BYTES = 8 * 1024
"""Of a public gRPC method: room for fifty ids, or for a token. Envoy lets a little more pass: it counts its buffers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What an operator may decide."""

    rate: int = 2000
    """Requests per second; 0: no limit but that of each address."""
    login_rate: int = 100
    """The same, of logins; and of registrations. 0: no lower than `rate`."""
    client_rate: int = CLIENT_RATE
    """What one address may have of `rate`; 0: all of it."""
    client_login_rate: int = CLIENT_LOGIN_RATE
    """The same, of `login_rate`."""
    cors_origins: tuple[str, ...] = ()
    seconds: int = 30
    """What a service allows itself for a request."""
    proxies: int = 0
    """Trusted ones in front of the gateway."""


def policy(place: Place) -> Policy:
    """As the settings have it, and else as it suits the place."""
    client_rate, client_login_rate = settings.GATEWAY_CLIENT_RATE, settings.GATEWAY_CLIENT_LOGIN_RATE
    return Policy(
        rate=settings.GATEWAY_RATE,
        login_rate=settings.GATEWAY_LOGIN_RATE,
        client_rate=place.client_rate if client_rate is None else client_rate,
        client_login_rate=place.client_login_rate if client_login_rate is None else client_login_rate,
        cors_origins=tuple(settings.CORS_ORIGINS),
        seconds=settings.REQUEST_TIME_LIMIT,
        proxies=settings.GATEWAY_PROXIES,
    )


def render(place: Place, policy: Policy) -> str:
    """Envoy's configuration, as YAML."""
    engine = Engine(dirs=[str(settings.BASE_DIR / TEMPLATES)], builtins=["shopflow.gateway.quoting"], autoescape=False)
    values = {
        "place": place,
        "policy": policy,
        "authority": place.certs / "ca.crt",
        "certificate": place.certs / f"{GATEWAY}.crt",
        "key": place.certs / f"{GATEWAY}.key",
        "routes": (*ROUTES, METRICS) if place.metrics else ROUTES,
        "timeout": policy.seconds + MARGIN,
        "public_methods": public_methods(),
        "pages": PAGES,
        "refusals": REFUSALS,
        "other_failures": NOT_BAD,
        "headers_kib": HEADERS_KIB,
        "host": DEFAULT_HOST,
        "addresses": ADDRESSES,
        "unlimited": UNLIMITED,
        "call_limit": CALL_BYTES,
        "body_limit": settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
        "upload_limit": settings.UPLOAD_BYTES,
        "keys_seconds": KEYS_SECONDS,
        "jwt": settings.SIMPLE_JWT,
    }
    # Numbers are for Envoy, not for a locale.
    rendered = engine.get_template("envoy.yaml").render(Context(values, autoescape=False, use_l10n=False))
    return "".join(line for line in rendered.splitlines(keepends=True) if line.strip())
