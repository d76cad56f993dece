"""Which part of the shop this process is, and where it finds the rest."""

from __future__ import annotations

from pathlib import Path

from shopflow.settings import environment
from shopflow.settings.keys import address_of_keys
from shopflow.settings.peers import LOCAL, identity_of, parse_parts, parse_peers

BASE_DIR = environment.BASE_DIR
STATE_DIR = Path(environment.text("SHOPFLOW_STATE", str(BASE_DIR / ".shopflow")))

CONTEXTS = ("users", "inventory", "orders", "payments")
"""The bounded contexts. Each has its app and its database alias under this one name."""
PARTS = (*CONTEXTS, "docs", "backoffice")
"""What can be served over HTTP: each context's API, the API's documentation, the back office."""

PEERS = parse_peers(environment.text("SHOPFLOW_PEERS", ""), contexts=CONTEXTS)
"""Each context's address: `local`, or host:port of its gRPC service."""
HOSTED = tuple(context for context in CONTEXTS if PEERS[context] == LOCAL)
"""The contexts in this process. It has no other context's database."""
SERVE = parse_parts(environment.words("SHOPFLOW_SERVE"), among=PARTS, peers=PEERS)
SERVICE = identity_of(environment.text("SHOPFLOW_SERVICE", ""), hosted=HOSTED)
"""Who this process is to the others: the name in its certificate."""

# --- gRPC: mutual TLS between the services ---------------------------------------------------------------------------
CERTS = Path(environment.text("SHOPFLOW_CERTS", str(STATE_DIR / "certs")))
"""Of the certificate authority (ca.crt) and of this process (NAME.crt, NAME.key; NAME is SERVICE)."""
GRPC_PLAINTEXT = environment.choice("SHOPFLOW_GRPC_PLAINTEXT", "0", among=("0", "1")) == "1"
"""No TLS, and so nobody knows who calls: for a mesh that sees to both."""
GRPC_THREADS = environment.number("SHOPFLOW_GRPC_THREADS", 8, between=(1, 1000))
"""Calls that a gRPC process answers at once; each may hold one connection to each of its databases."""
METRICS_PORT = environment.number("SHOPFLOW_METRICS_PORT", 0, between=(0, 65_535))
"""Where a process that serves no HTTP, gRPC or relay, shows its metrics; 0: nowhere."""
JWKS_URL = address_of_keys(environment.text("SHOPFLOW_JWKS_URL", "")) if "users" not in SERVE else ""
"""Where users publishes the keys of its tokens; nothing: this process has the keys itself, as users always has."""

# --- gateway ----------------------------------------------------------------------------------------------------------
CORS_ORIGINS = environment.origins("SHOPFLOW_CORS_ORIGINS")
GATEWAY_RATE = environment.number("SHOPFLOW_GATEWAY_RATE", 2000)
"""Requests per second that a gateway lets through; 0: no limit but that of each address."""
GATEWAY_LOGIN_RATE = environment.number("SHOPFLOW_GATEWAY_LOGIN_RATE", 100)
"""The same, of logins; and of registrations. 0: no lower than that of all."""
GATEWAY_CLIENT_RATE = environment.number_if_set("SHOPFLOW_GATEWAY_CLIENT_RATE")
"""What one address may have of GATEWAY_RATE; 0: all of it; None: what suits the gateway's place."""
GATEWAY_CLIENT_LOGIN_RATE = environment.number_if_set("SHOPFLOW_GATEWAY_CLIENT_LOGIN_RATE")
"""The same, of GATEWAY_LOGIN_RATE."""
