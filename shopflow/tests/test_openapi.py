from __future__ import annotations

import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client
from drf_spectacular.drainage import reset_generator_stats


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """As `manage.py spectacular --validate --fail-on-warn` writes it."""
    reset_generator_stats()
    written = StringIO()
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=written)
    parsed: dict[str, Any] = yaml.safe_load(written.getvalue())
    return parsed


def test_the_document_is_openapi_3_1_and_names_no_machine(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    assert document["info"]["title"] == "ShopFlow"
    assert "servers" not in document


def test_it_describes_the_bearer_token(document: dict[str, Any]) -> None:
    assert document["components"]["securitySchemes"] == {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }


def test_it_has_every_row_of_the_api(document: dict[str, Any]) -> None:
    operations = {
        re.sub(r"\{\w+\}", "{id}", f"{method.upper()} {path}")
        for path, item in document["paths"].items()
        for method in item
    }
    assert {
        "POST /api/v1/users/register",
        "POST /api/v1/users/login",
        "POST /api/v1/users/refresh",
        "POST /api/v1/users/logout",
        "GET /api/v1/users/me",
        "PATCH /api/v1/users/me",
        "POST /api/v1/users/me/password",
        "GET /api/v1/products",
        "POST /api/v1/products",
        "GET /api/v1/products/{id}",
        "PATCH /api/v1/products/{id}",
        "DELETE /api/v1/products/{id}",
        "PUT /api/v1/products/{id}/stock",
        "POST /api/v1/orders",
        "GET /api/v1/orders",
        "GET /api/v1/orders/{id}",
        "POST /api/v1/orders/{id}/cancel",
        "GET /api/v1/orders/{id}/events",
        "GET /api/v1/orders/{id}/refunds",
        "POST /api/v1/orders/{id}/refunds",
        "POST /api/v1/orders/{id}/returns",
        "POST /api/v1/orders/{id}/ship",
        "POST /api/v1/orders/{id}/deliver",
        "POST /api/v1/payments/webhooks/{id}",
        "GET /api/v1/payments/simulated/{id}",
        "POST /api/v1/payments/simulated/{id}",
        "POST /api/v1/webhooks/endpoints",
        "GET /api/v1/webhooks/endpoints",
        "GET /api/v1/webhooks/endpoints/{id}",
        "PATCH /api/v1/webhooks/endpoints/{id}",
        "DELETE /api/v1/webhooks/endpoints/{id}",
        "POST /api/v1/webhooks/endpoints/{id}/rotate",
        "GET /api/v1/webhooks/endpoints/{id}/deliveries",
        "GET /api/v1/webhooks/deliveries/{id}",
        "POST /api/v1/webhooks/deliveries/{id}/redeliver",
        "GET /health",
        "GET /health/user",
        "GET /health/order",
        "GET /health/inventory",
        "GET /health/live",
        "GET /health/ready",
    } <= operations


def test_errors_are_problems(document: dict[str, Any]) -> None:
    problem = document["components"]["schemas"]["Problem"]
    assert set(problem["required"]) == {"type", "title", "status", "detail", "code", "request_id"}
    for path, item in document["paths"].items():
        for operation in item.values():
            for status, response in operation["responses"].items():
                if status[0] in "45" and not path.startswith("/health"):
                    assert list(response["content"]) == ["application/problem+json"], (path, status)


def test_every_operation_declares_what_any_can_answer(document: dict[str, Any]) -> None:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            expected = {"503", "504"} if path.startswith("/api/v1/") else set()
            expected |= {"400", "413", "415"} if "requestBody" in operation else set()
            assert expected <= set(operation["responses"]), (method, path)
            assert list(operation["responses"]) == sorted(operation["responses"])


def test_placing_an_order_declares_what_a_payment_can_come_to(document: dict[str, Any]) -> None:
    assert {"201", "202", "402"} <= set(document["paths"]["/api/v1/orders"]["post"]["responses"])


def test_throttled_operations_declare_it(document: dict[str, Any]) -> None:
    throttled = {path for path, item in document["paths"].items() if "429" in item.get("post", {}).get("responses", {})}
    assert {"/api/v1/users/register", "/api/v1/users/login", "/api/v1/users/me/password"} <= throttled
    assert "/api/v1/orders" not in throttled


def test_bodies_say_that_unknown_fields_are_refused(document: dict[str, Any]) -> None:
    for path, item in document["paths"].items():
        for operation in item.values():
            for media in operation.get("requestBody", {}).get("content", {}).values():
                for body in alternatives(document, media["schema"]):
                    assert body["additionalProperties"] is False, path


def test_a_total_may_be_more_than_the_dearest_product(document: dict[str, Any]) -> None:
    order = document["components"]["schemas"]["Order"]["properties"]
    line = document["components"]["schemas"]["OrderLine"]["properties"]
    assert "maximum" not in order["total_price"]
    assert line["unit_price"]["maximum"] == 9999999.99


def alternatives(document: dict[str, Any], schema: dict[str, Any]) -> list[dict[str, Any]]:
    found = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return [alternatives(document, choice)[0] for choice in found["oneOf"]] if "oneOf" in found else [found]


def test_the_document_is_public(client: Client) -> None:
    response = client.get("/api/schema/")
    assert response.status_code == 200
    assert response["Content-Type"].startswith("application/vnd.oai.openapi")


def test_the_interactive_page_needs_no_other_machine(client: Client) -> None:
    page = client.get("/api/docs/").content.decode()
    sources = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert sources
    for source in sources:
        assert source.startswith("/static/")
        found = finders.find(source.removeprefix("/static/"))
        assert found is not None
        assert Path(found).is_file()
