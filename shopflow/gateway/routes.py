"""Which service answers which path. The first match counts; what matches nothing has no route, and answers 404."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from shopflow.gateway.places import BACK_OFFICE


class Match(StrEnum):
    """As Envoy names them. UNDER is the path itself and what comes after a slash; a PATTERN is of the whole path."""

    EXACT = "path"
    UNDER = "path_separated_prefix"
    PREFIX = "prefix"
    PATTERN = "safe_regex"


@dataclass(frozen=True, slots=True)
class Route:
    name: str
    service: str
    """A context's, or the back office."""
    match: Match
    path: str
    token: bool = False
    """Whether its views look at a token: then a bad one is refused here already."""
    keyed: bool = False
    """Whether an Idempotency-Key makes a POST safe to repeat."""
    hashes: bool = False
    """Whether each request costs a service the hash of a password: then it has a rate of its own."""
    seconds: int | None = None
    """Its own limit, where it is not that of the API."""
    uploads: bool = False
    """Whether whole files come this way: then a body may be as large as one."""


HEALTH = 5
DOCUMENTS = 15
EXPORT = 300
"""What staff takes out of the shop is sent as it is read, and cut off where the time ends."""

ROUTES = (
    Route("place-order", "orders", Match.EXACT, "/api/v1/orders", token=True, keyed=True),
    Route("refund", "orders", Match.PATTERN, "/api/v1/orders/[0-9]+/(refunds|returns)", token=True, keyed=True),
    Route("orders", "orders", Match.PREFIX, "/api/v1/orders/", token=True),
    Route("products", "inventory", Match.UNDER, "/api/v1/products", token=True),
    Route("payments", "payments", Match.PREFIX, "/api/v1/payments/"),
    Route("login", "users", Match.EXACT, "/api/v1/users/login", hashes=True),
    Route("register", "users", Match.EXACT, "/api/v1/users/register", hashes=True),
    Route("me", "users", Match.UNDER, "/api/v1/users/me", token=True),
    Route("users", "users", Match.PREFIX, "/api/v1/users/"),
    Route("webhooks", "users", Match.UNDER, "/api/v1/webhooks", token=True),
    Route("keys", "users", Match.EXACT, "/.well-known/jwks.json", seconds=HEALTH),
    Route("health-user", "users", Match.EXACT, "/health/user", seconds=HEALTH),
    Route("health-order", "orders", Match.EXACT, "/health/order", seconds=HEALTH),
    Route("health-inventory", "inventory", Match.EXACT, "/health/inventory", seconds=HEALTH),
    Route("health", "orders", Match.EXACT, "/health", seconds=HEALTH),
    Route("health-live", "orders", Match.EXACT, "/health/live", seconds=HEALTH),
    Route("health-ready", "orders", Match.EXACT, "/health/ready", seconds=HEALTH),
    Route("schema", "users", Match.EXACT, "/api/schema/", seconds=DOCUMENTS),
    Route("docs", "users", Match.EXACT, "/api/docs/", seconds=DOCUMENTS),
    Route("docs-static", "users", Match.UNDER, "/static/drf_spectacular_sidecar", seconds=DOCUMENTS),
    Route("static", BACK_OFFICE, Match.PREFIX, "/static/", seconds=DOCUMENTS),
    Route("admin-login", BACK_OFFICE, Match.UNDER, "/admin/login", hashes=True),
    Route("admin", BACK_OFFICE, Match.UNDER, "/admin", seconds=EXPORT, uploads=True),
    Route("start", "users", Match.EXACT, "/", seconds=DOCUMENTS),
)

METRICS = Route("metrics", "orders", Match.EXACT, "/metrics", seconds=HEALTH)
