from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from contracts.base import time_left
from contracts.caller import Caller, current_caller
from shopflow.tests.conftest import Log
from shopflow.tests.tokens import bearer

pytestmark = [pytest.mark.urls("shopflow.tests.probe_urls")]


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


def test_every_answer_has_a_request_id_of_its_own(client: Client) -> None:
    ids = {client.get(path)["X-Request-ID"] for path in ("/api/v1/echo", "/api/v1/echo", "/nothing", "/page/bug")}
    assert len(ids) == 4
    assert all(re.fullmatch(r"[0-9a-f]{32}", request_id) for request_id in ids)


def test_a_sane_request_id_is_kept(client: Client) -> None:
    assert client.get("/api/v1/echo", headers={"x-request-id": "Trace-1.a_b"})["X-Request-ID"] == "Trace-1.a_b"


@pytest.mark.parametrize("given", ["", "a" * 65, "a b", "a\nb", "<script>", "é", "a;b"])
def test_any_other_request_id_is_replaced(client: Client, given: str) -> None:
    answered = client.get("/api/v1/echo", headers={"x-request-id": given})["X-Request-ID"]
    assert re.fullmatch(r"[0-9a-f]{32}", answered)


def test_a_view_knows_its_caller_and_how_long_it_has(client: Client) -> None:
    response = client.get("/api/v1/private", headers={"x-request-id": "me", **bearer(user_id=42)})
    answer = response.json()
    assert (answer["user_id"], answer["request_id"]) == (42, "me")
    assert 25 < answer["time_left"] <= 30


def test_a_caller_is_forgotten_after_the_request(client: Client) -> None:
    client.get("/api/v1/private", headers=bearer(user_id=42))
    assert current_caller() == Caller()
    assert time_left() is None


def access_lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if "shopflow.access" in line]


def test_each_request_leaves_one_line_with_its_route_and_no_personal_data(client: Client, text_log: Log) -> None:
    client.get(
        "/api/v1/fail/out-of-stock?email=ann@shop.test",
        headers={"x-request-id": "one"},
        REMOTE_ADDR="203.0.113.9",
    )
    client.get("/api/v1/private", headers={"x-request-id": "two", **bearer(user_id=42)})
    client.get("/ann@shop.test", headers={"x-request-id": "three"})
    logged = text_log()
    first, second, third = access_lines(logged)
    assert "method=GET" in first
    assert "route=/api/v1/fail/<str:kind>" in first
    assert "status=400" in first
    assert "request_id=one" in first
    assert "user_id" not in first
    assert "user_id=42" in second
    assert "route=-" in third
    for personal in ("ann@", "203.0.113.9", "email=", "Bearer"):
        assert personal not in logged


def test_probes_leave_no_line(client: Client, text_log: Log) -> None:
    client.get("/health/live")
    assert access_lines(text_log()) == []


def test_the_api_has_neither_session_nor_csrf_but_keeps_its_security_headers() -> None:
    response = Client(enforce_csrf_checks=True).post("/api/v1/echo", {"name": "a"}, "application/json")
    assert response.status_code == 200
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert not hasattr(response.wsgi_request, "session")
    assert response.cookies == {}


@pytest.mark.django_db(databases=["users"])
def test_the_back_office_has_both(client: Client) -> None:
    response = client.get("/admin/login/")
    assert hasattr(response.wsgi_request, "session")
    assert "csrftoken" in response.cookies


@pytest.mark.django_db(databases=["users", "inventory"])
@pytest.mark.parametrize("query", ["state__exact=%00", "q=%00", "o=%00", "%00=1", "p=1&e=a%00b"])
@pytest.mark.parametrize("page", ["inventory/reservation/", "inventory/product/", "users/user/", "login/"])
def test_a_nul_in_a_query_of_the_back_office_is_refused(client: Client, page: str, query: str) -> None:
    client.force_login(
        get_user_model()._default_manager.create_superuser(
            username="keeper", email="keeper@shop.test", password="correct horse 7"
        )
    )
    answer = client.get(f"/admin/{page}?{query}")
    assert (answer.status_code, answer["Content-Type"]) == (400, "text/html; charset=utf-8")


@pytest.mark.django_db(databases=["users", "inventory"])
def test_a_percent_sign_in_a_query_of_the_back_office_is_none(client: Client) -> None:
    assert client.get("/admin/login/?next=%2500").status_code == 200


def test_the_front_door_leads_to_the_documentation(client: Client) -> None:
    assert client.get("/")["Location"] == "/api/docs/"
    assert client.get("/admin")["Location"] == "/admin/"


def test_json_lines_are_json(client: Client, json_log: Log) -> None:
    client.get("/api/v1/echo", headers={"x-request-id": "one"})
    line: dict[str, Any] = json.loads(access_lines(json_log())[0])
    assert line.pop("duration_ms") > 0
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "request",
        "level": "info",
        "logger": "shopflow.access",
        "method": "GET",
        "route": "/api/v1/echo",
        "status": 200,
        "request_id": "one",
    }
