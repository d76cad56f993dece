"""What holds for every path: health, problems, limits, the document."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.client import Client
from tests.api.conftest import Customer, assert_problem

pytestmark = pytest.mark.e2e

MIB = 1024 * 1024


@pytest.mark.parametrize("name", ["user", "order", "inventory"])
def test_the_health_of_a_service_names_it(anyone: Client, name: str) -> None:
    answer = anyone.get(f"/health/{name}")
    assert answer.status == 200
    assert (answer.body["status"], answer.body["service"]) == ("healthy", f"{name}-service")


@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready"])
def test_a_healthy_shop_says_so(anyone: Client, path: str) -> None:
    assert anyone.get(path).status == 200


def test_health_is_a_status_and_a_service(anyone: Client) -> None:
    assert anyone.get("/health").body["status"] == "healthy"


def test_metrics_are_in_prometheus_text(anyone: Client) -> None:
    answer = anyone.get("/metrics")
    assert answer.status == 200
    assert b"# HELP" in answer.content


@pytest.mark.parametrize(
    "path", ["/nowhere", "/api/v1/nowhere", "/api/v1/users", "/api/v2/products", "/api/v1/orders/1/x"]
)
def test_an_unknown_path_answers_404_as_a_problem(anyone: Client, path: str) -> None:
    assert_problem(anyone.get(path), 404)


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/api/v1/products"), ("GET", "/api/v1/users/login")])
def test_a_method_that_is_not_there_answers_405_and_which_are(staff: Client, method: str, path: str) -> None:
    answer = staff.send(method, path)
    assert_problem(answer, 405)
    assert answer.headers["allow"]


@pytest.mark.parametrize("text", [b"{", b" ", b"{'a': 1}", b"\xff\xfe", b'{"a": 1,}', b'{"a":1} x', b"[" * 100_000])
def test_malformed_json_answers_400(anyone: Client, text: bytes) -> None:
    assert_problem(anyone.post("/api/v1/users/login", text), 400, code="malformed_json")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_another_content_type_answers_415(anyone: Client, kind: str) -> None:
    assert_problem(anyone.post("/api/v1/users/login", b"email=a&password=b", Content_Type=kind), 415)


def test_a_body_over_one_mebibyte_answers_413(anyone: Client, customer: Customer) -> None:
    padding = b'{"email": "' + b"x" * MIB + b'"}'
    assert_problem(anyone.post("/api/v1/users/login", padding), 413)
    exactly = b'{"product_id": "' + b"x" * (MIB - 18) + b'"}'
    assert len(exactly) == MIB
    assert_problem(customer.api.post("/api/v1/orders", exactly), 400, field="product_id")
    assert_problem(customer.api.post("/api/v1/orders", exactly + b" "), 413)


def test_every_answer_has_a_request_id_and_a_problem_repeats_it(anyone: Client) -> None:
    answer = anyone.send("GET", "/api/v1/products/0", X_Request_ID="from-the-client-1")
    assert answer.headers["x-request-id"] == answer.body["request_id"] == "from-the-client-1"
    assert anyone.get("/health").headers["x-request-id"] != anyone.get("/health").headers["x-request-id"]


def test_the_openapi_document_names_every_path_of_the_table(anyone: Client) -> None:
    answer = anyone.get("/api/schema/?format=json")
    assert answer.status == 200
    assert answer.body["openapi"].startswith("3.1")
    table: dict[str, set[str]] = {
        "users/register": {"post"},
        "users/login": {"post"},
        "users/refresh": {"post"},
        "users/logout": {"post"},
        "users/me": {"get", "patch"},
        "users/me/password": {"post"},
        "products": {"get", "post"},
        "products/{}": {"get", "patch", "delete"},
        "products/{}/stock": {"put"},
        "orders": {"get", "post"},
        "orders/{}": {"get"},
        "orders/{}/cancel": {"post"},
        "orders/{}/events": {"get"},
    }
    assert documented(answer.body) >= {(path, method) for path, methods in table.items() for method in methods}


def documented(document: Any) -> set[tuple[str, str]]:
    found = set()
    for path, operations in document["paths"].items():
        parts = ["{}" if part.startswith("{") else part for part in path.removeprefix("/api/v1/").split("/")]
        found |= {("/".join(parts), method) for method in operations}
    return found


def test_the_interactive_documentation_is_there(anyone: Client) -> None:
    answer = anyone.get("/api/docs/")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/html")
