"""What a process answers: the parts that it serves, of the contexts that it hosts, with their databases alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from django.urls import Resolver404, resolve

from shopflow.tests.key_server import KeyServer, Signer
from shopflow.urls import PARTS, patterns_of
from users.tokens import AccessToken

ROOT = Path(__file__).resolve().parent.parent.parent
OF_PARTS = {
    "orders": ["/api/v1/orders", "/api/v1/orders/1"],
    "inventory": ["/api/v1/products", "/api/v1/products/1"],
    "users": ["/api/v1/users/login", "/api/v1/users/me", "/.well-known/jwks.json"],
    "payments": [],
    "docs": ["/", "/api/schema/", "/api/docs/"],
    "backoffice": ["/admin", "/admin/", "/admin/login/"],
}
OF_ALL = ["/health", "/health/live", "/health/ready", "/metrics"]
OF_CONTEXTS = {"users": ["/health/user"], "orders": ["/health/order"], "inventory": ["/health/inventory"]}


def known(path: str, urlconf: ModuleType) -> bool:
    try:
        resolve(path, urlconf)  # type: ignore[arg-type]  # it takes a module as well as its name
    except Resolver404:
        return False
    return True


def urlconf_of(*parts: str, hosted: tuple[str, ...]) -> ModuleType:
    module = ModuleType("urls")
    module.urlpatterns = patterns_of(parts, hosted=hosted)  # type: ignore[attr-defined]
    return module


@pytest.mark.parametrize("part", settings.PARTS)
def test_a_part_answers_its_own_addresses_and_those_of_the_operator(part: str) -> None:
    hosted = (part,) if part in settings.CONTEXTS else ()
    own = [*OF_PARTS[part], *OF_ALL, *OF_CONTEXTS.get(part, [])]
    every = [path for paths in (*OF_PARTS.values(), OF_ALL, *OF_CONTEXTS.values()) for path in paths]
    urlconf = urlconf_of(part, hosted=hosted)
    assert [path for path in every if known(path, urlconf)] == [path for path in every if path in own]


def test_every_part_is_known() -> None:
    assert sorted(PARTS) == sorted(settings.PARTS)


def test_by_default_everything_is_served() -> None:
    assert settings.SERVE == settings.PARTS
    assert settings.HOSTED == settings.CONTEXTS


@pytest.mark.parametrize("hosted", [("users",), ()])
def test_whoever_serves_the_docs_describes_the_whole_api(
    hosted: tuple[str, ...], settings: Any, client: Client
) -> None:
    whole = client.get("/api/schema/?format=json").json()
    settings.ROOT_URLCONF = urlconf_of("docs", hosted=hosted)
    assert client.get("/api/schema/?format=json").json() == whole
    assert {"/api/v1/orders", "/api/v1/products", "/api/v1/users/me", "/health/order"} <= whole["paths"].keys()


# --- a process of orders alone, which is not given any other database ------------------------------------------------

SIGNER = Signer("of users")
PEERS = "orders=local,users=grpc://127.0.0.1:1,inventory=grpc://127.0.0.1:1,payments=grpc://127.0.0.1:1"
ASK = """
import json, os, sys, threading
import shopflow.wsgi
from django.conf import settings
from django.test import Client
bearer = {"Authorization": "Bearer " + os.environ["TOKEN"]}
answers = {}
for path in json.loads(sys.argv[1]):
    answer = Client().get(path, headers=bearer)
    answers[path] = [answer.status_code, answer.headers["Content-Type"], b"".join(answer).decode()]
facts = {"databases": sorted(settings.DATABASES), "middleware": settings.MIDDLEWARE, "relay": settings.RELAY_THREAD}
facts["threads"] = [thread.name for thread in threading.enumerate()]
print(json.dumps([facts, answers]))
"""
ASKED = [
    "/api/v1/orders",
    "/api/v1/products",
    "/admin/",
    "/",
    "/api/docs/",
    "/static/admin/css/base.css",
    "/health",
    "/health/order",
    "/health/user",
    "/health/live",
    "/health/ready",
    "/metrics",
]

Answers = dict[str, tuple[int, str, str]]


class OnlyOrders:
    def __init__(self, state: Path, keys: KeyServer) -> None:
        self.state = state
        inherited = {name: value for name, value in os.environ.items() if not name.endswith("_DATABASE_URL")}
        self.environment = {
            **inherited,
            "DJANGO_SETTINGS_MODULE": "shopflow.settings.local",
            "SHOPFLOW_STATE": str(state),
            "SHOPFLOW_PEERS": PEERS,
            "SHOPFLOW_SERVE": "orders",
            "SHOPFLOW_JWKS_URL": keys.url,
            "SHOPFLOW_GRPC_PLAINTEXT": "1",
            "ORDERS_DATABASE_URL": url_of("orders"),
            "TOKEN": token(),
        }

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *arguments]
        environment = {**self.environment, **environment}
        return subprocess.run(  # noqa: S603  # ours
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
        )


def url_of(context: str) -> str:
    place = connections[context].settings_dict
    user = ":".join(quote(place[name], safe="") for name in ("USER", "PASSWORD") if place[name])
    return f"postgresql://{user}@{quote(place['HOST'], safe='')}:{place['PORT'] or 5432}/{place['NAME']}"


def token() -> str:
    claims = {**AccessToken().payload, "iss": "shopflow", "aud": "shopflow", "user_id": 7, "is_staff": False}
    return SIGNER.token(claims)


@pytest.fixture
def only_orders(tmp_path: Path, db: None) -> Iterator[OnlyOrders]:
    keys = KeyServer(SIGNER)
    keys.start()
    yield OnlyOrders(tmp_path, keys)
    keys.stop()


@pytest.mark.django_db(databases=["orders"])
def test_a_process_of_one_context_serves_with_that_database_and_the_published_keys_alone(
    only_orders: OnlyOrders,
) -> None:
    done = only_orders.run("-c", ASK, json.dumps(ASKED))
    assert done.returncode == 0, done.stderr
    facts, answers = json.loads(done.stdout)
    assert facts["databases"] == ["default", "orders"]
    assert facts["relay"] is False
    assert not any("whitenoise" in name for name in facts["middleware"])
    assert (answers["/api/v1/orders"][0], answers["/api/v1/orders"][2]) == (200, "[]"), done.stderr
    for path in ("/api/v1/products", "/admin/", "/", "/api/docs/", "/static/admin/css/base.css", "/health/user"):
        assert answers[path][:2] == [404, "application/problem+json"], path
    for path in ("/health/order", "/health/live", "/health/ready"):
        assert answers[path][0] == 200, path
    assert answers["/health"][0] == 503
    assert json.loads(answers["/health"][2])["failing"] == ["users service", "inventory service", "payments service"]
    assert 'shopflow_database_up{context="orders"} 1.0' in answers["/metrics"][2]
    assert 'shopflow_database_up{context="users"}' not in answers["/metrics"][2]
    assert not (only_orders.state / "keys").exists()


@pytest.mark.django_db(databases=list(settings.CONTEXTS))
def test_the_back_office_alone_has_every_database_and_no_relay_no_job_and_no_key(only_orders: OnlyOrders) -> None:
    databases = {f"{context.upper()}_DATABASE_URL": url_of(context) for context in settings.CONTEXTS}
    asked = [*ASKED, "/admin/login/"]
    done = only_orders.run("-c", ASK, json.dumps(asked), SHOPFLOW_PEERS="", SHOPFLOW_SERVE="backoffice", **databases)
    assert done.returncode == 0, done.stderr
    facts, answers = json.loads(done.stdout)
    assert facts["databases"] == ["default", "inventory", "orders", "payments", "users"]
    assert (facts["relay"], facts["threads"]) == (False, ["MainThread"])
    assert (answers["/admin/login/"][0], answers["/admin/"][0]) == (200, 302)
    for path in ("/api/v1/orders", "/api/v1/products", "/", "/api/docs/"):
        assert answers[path][:2] == [404, "application/problem+json"], path
    for path in ("/health", "/health/live", "/health/ready", "/metrics", "/static/admin/css/base.css"):
        assert answers[path][0] == 200, path
    assert not (only_orders.state / "keys").exists()


@pytest.mark.django_db(databases=["orders"])
def test_its_commands_do_what_they_can_or_say_what_they_lack(only_orders: OnlyOrders) -> None:
    migrated = only_orders.run("manage.py", "migrate")
    assert [line for line in migrated.stdout.splitlines() if line.startswith("The ")] == ["The orders database"]
    assert only_orders.run("manage.py", "check").returncode == 0
    for command, code in (("verify_shop", 2), ("relay", 1), ("seed_demo", 1), ("up", 1)):
        refused = only_orders.run("manage.py", command)
        assert refused.returncode == code, refused.stderr
        assert "CommandError: SHOPFLOW_PEERS puts " in refused.stderr


@pytest.mark.django_db(databases=["orders"])
def test_it_does_not_start_to_serve_what_it_does_not_host(only_orders: OnlyOrders) -> None:
    refused = only_orders.run("manage.py", "check", SHOPFLOW_SERVE="inventory")
    assert refused.returncode == 1
    assert refused.stderr.startswith("ImproperlyConfigured: SHOPFLOW_SERVE names inventory, but SHOPFLOW_PEERS puts")
    assert len(refused.stderr.splitlines()) == 1


@pytest.mark.django_db(databases=["orders"])
def test_in_production_it_needs_no_private_key(only_orders: OnlyOrders) -> None:
    production = {"DJANGO_SETTINGS_MODULE": "shopflow.settings.production", "SHOPFLOW_SECRET_KEY": "of this test only"}
    assert only_orders.run("manage.py", "check", **production).returncode == 0
    refused = only_orders.run("manage.py", "check", **production, SHOPFLOW_JWKS_URL="")
    assert "SHOPFLOW_JWT_PRIVATE_KEY is not set" in refused.stderr
    refused = only_orders.run("manage.py", "check", **production, SHOPFLOW_JWKS_URL="file:///etc/passwd")
    assert "SHOPFLOW_JWKS_URL must be an http or https address" in refused.stderr
