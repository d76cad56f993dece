from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Barrier, Event
from time import monotonic
from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.db import connections
from django.test import Client
from rest_framework.test import APIRequestFactory

from contracts.errors import PeerUnavailable
from shopflow.http import operations
from shopflow.observability import health
from shopflow.tests.conftest import Log
from shopflow.tests.tokens import bearer

pytestmark = [
    pytest.mark.urls("shopflow.tests.probe_urls"),
    pytest.mark.django_db(databases=list(settings.CONTEXTS), transaction=True),
]

SERVICES = [
    ("/health", "shopflow", "inventory"),
    ("/health/user", "user-service", "users"),
    ("/health/order", "order-service", "orders"),
    ("/health/inventory", "inventory-service", "inventory"),
]


@contextmanager
def dead(context: str) -> Iterator[None]:
    """The context's database at an address where no server listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    connection = connections[context]
    connection.close()
    before = dict(connection.settings_dict)
    connection.settings_dict.update(HOST="127.0.0.1", PORT=port)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


@pytest.mark.parametrize(("path", "service", "_context"), SERVICES)
def test_a_healthy_service_says_its_name(client: Client, path: str, service: str, _context: str) -> None:
    response = client.get(path)
    assert (response.status_code, response.json()) == (200, {"status": "healthy", "service": service})


@pytest.mark.parametrize(("path", "service", "context"), SERVICES)
def test_an_unhealthy_service_says_what_fails_and_recovers(
    client: Client, path: str, service: str, context: str
) -> None:
    with dead(context):
        response = client.get(path)
        assert response.status_code == 503
        assert response.json() == {"status": "unhealthy", "service": service, "failing": [f"{context} database"]}
    assert client.get(path).status_code == 200


def test_a_database_that_never_answers_is_given_up_in_time(client: Client) -> None:
    connection = connections["inventory"]
    patient = connection.settings_dict["OPTIONS"]
    with dead("inventory"), socket.create_server(("127.0.0.1", 0)) as silent:
        connection.settings_dict.update(PORT=silent.getsockname()[1], OPTIONS={**patient, "connect_timeout": 2})
        started = monotonic()
        assert client.get("/health/inventory").status_code == 503
        assert monotonic() - started < 5
    assert 0 < patient["connect_timeout"] <= 10


INSIDE = ["/health/live", "/health/ready", "/metrics", "/.well-known/jwks.json"]


@pytest.mark.parametrize("path", [*(path for path, _, _ in SERVICES), *INSIDE])
def test_a_probe_asks_by_the_address_of_the_process_without_tls(client: Client, settings: Any, path: str) -> None:
    settings.ALLOWED_HOSTS = ["shop.example.com"]
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_REDIRECT_EXEMPT = [r"^health", r"^metrics$", r"^\.well-known/jwks\.json$"]
    for host in ("10.1.2.3:8000", "[fd00::7]", "not_a_host?"):
        assert client.get(path, headers={"host": host}).status_code == 200


def test_peers_are_asked_all_at_once() -> None:
    together = Barrier(3)

    def answers(peer: str) -> bool:
        together.wait(5)
        return peer != "orders"

    with health.asked(("users", "orders", "payments"), answers) as silent_peers:
        assert silent_peers() == ["orders"]


def test_a_peer_that_never_answers_is_not_waited_for() -> None:
    over = Event()

    def answers(peer: str) -> bool:
        return peer == "users" or over.wait(30)

    started = monotonic()
    with health.asked(("users", "orders"), answers) as silent_peers:
        assert silent_peers() == ["orders"]
    assert monotonic() - started < 4 * health.PEER_SECONDS
    over.set()


def test_a_process_says_which_of_its_peers_and_databases_fail(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "peer_answers", lambda peer: peer == "users")
    view = operations.HealthView.as_view(contexts=("orders", "payments"), peers=("users", "inventory"))
    with dead("payments"):
        answer = view(APIRequestFactory().get("/health"))
    assert answer.status_code == 503
    assert answer.data["failing"] == ["payments database", "inventory service"]


@pytest.mark.parametrize("path", ["/api/v1/products", "/healthy", "/metricsx", "/admin/login/", "/"])
def test_everything_else_is_asked_by_a_name_of_ours(settings: Any, path: str) -> None:
    settings.ALLOWED_HOSTS = ["shop.example.com"]
    answer = Client(raise_request_exception=False).get(path, headers={"host": "10.1.2.3:8000"})
    assert answer.status_code == 400


def test_a_failure_of_the_back_office_that_the_api_foresees_is_a_line_in_the_log(
    monkeypatch: pytest.MonkeyPatch, text_log: Log
) -> None:
    def unreachable(*_: Any) -> None:
        raise PeerUnavailable(peer="inventory")

    monkeypatch.setattr(admin.site, "has_permission", unreachable)
    answer = Client(raise_request_exception=False).get("/admin/")
    assert (answer.status_code, answer["Content-Type"]) == (500, "text/html; charset=utf-8")
    assert "PeerUnavailable" in text_log()


def test_the_back_office_without_its_database_is_a_page_and_a_line_in_the_log(text_log: Log) -> None:
    client = Client(raise_request_exception=False)
    client.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32
    with dead("users"):
        answer = client.get("/admin/")
    assert (answer.status_code, answer["Content-Type"]) == (503, "text/html; charset=utf-8")
    assert answer["Retry-After"] == "1"
    assert "try again" in answer.content.decode()
    assert "database unavailable" in text_log()
    assert client.get("/admin/login/").status_code == 200


def test_a_service_is_healthy_without_the_databases_of_others(client: Client) -> None:
    with dead("orders"):
        assert client.get("/health/inventory").status_code == 200


def test_a_process_without_its_database_is_live_but_not_ready(client: Client) -> None:
    with dead("users"):
        assert client.get("/health/live").json() == {"status": "healthy", "service": "shopflow"}
        assert client.get("/health/ready").json()["failing"] == ["users database"]
    assert client.get("/health/ready").json() == {"status": "healthy", "service": "shopflow"}


def test_a_process_without_its_tables_is_not_ready(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_migrated", set())
    with connections["payments"].cursor() as cursor:
        cursor.execute("ALTER TABLE django_migrations RENAME TO elsewhere")
        try:
            assert client.get("/health/ready").json()["failing"] == ["payments migrations"]
        finally:
            cursor.execute("ALTER TABLE elsewhere RENAME TO django_migrations")
    assert client.get("/health/ready").status_code == 200


def test_the_api_answers_503_without_its_database_and_recovers() -> None:
    client = Client(raise_request_exception=False)
    with dead("inventory"):
        response = client.get("/api/v1/products")
        assert (response.status_code, response.json()["code"]) == (503, "database_unavailable")
    assert client.get("/api/v1/products").status_code == 200


def test_an_order_without_the_stock_it_needs_to_know_is_503_and_can_be_repeated() -> None:
    client = Client(raise_request_exception=False, headers=bearer(user_id=42))
    body, key = {"product_id": 1, "quantity": 1}, {"idempotency-key": "one"}
    with dead("inventory"):
        response = client.post("/api/v1/orders", body, "application/json", headers=key)
        assert (response.status_code, response.json()["code"]) == (503, "outcome_unknown")
        assert response["Retry-After"] == "1"
    assert client.post("/api/v1/orders", body, "application/json", headers=key).status_code == 404


def test_metrics_count_requests_calls_and_the_backlog(client: Client) -> None:
    client.get("/api/v1/fail/out-of-stock")
    client.generic("BREW", "/api/v1/echo")
    with dead("payments"):
        text = client.get("/metrics").content.decode()
    assert 'shopflow_http_requests_total{method="GET",route="/api/v1/fail/<str:kind>",status="400"}' in text
    assert 'shopflow_http_requests_total{method="OTHER",route="/api/v1/echo",status="405"}' in text
    assert 'shopflow_http_request_seconds_bucket{le="0.01",method="GET",route="/api/v1/fail/<str:kind>"}' in text
    assert 'shopflow_outbox_waiting{context="orders"} 0.0' in text
    assert 'shopflow_database_up{context="orders"} 1.0' in text
    assert 'shopflow_database_up{context="payments"} 0.0' in text
    assert 'shopflow_outbox_waiting{context="payments"}' not in text
