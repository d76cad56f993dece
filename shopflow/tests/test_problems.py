from __future__ import annotations

from typing import Any

import pytest
from django.db import connections
from django.test import Client, RequestFactory
from django.urls import resolve

from contracts.errors import OutcomeUnknown
from shopflow.http.problems import exception_handler
from shopflow.tests.conftest import Log

pytestmark = [pytest.mark.urls("shopflow.tests.probe_urls")]

JSON = "application/json"


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


def problem(response: Any, status: int) -> dict[str, Any]:
    """The members of a problem, once it has been seen to be a whole one."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["status"] == status
    assert body["type"] == f"urn:shopflow:problem:{body['code']}"
    assert body["request_id"] == response["X-Request-ID"]
    assert body["title"]
    assert body["detail"]
    return body


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("out-of-stock", 400, "out_of_stock"),
        ("taken", 422, "name_taken"),
        ("bad-credentials", 401, "unauthenticated"),
        ("peer-unavailable", 503, "peer_unavailable"),
        ("deadline", 504, "deadline_exceeded"),
        ("outcome-unknown", 503, "outcome_unknown"),
        ("internal", 500, "internal"),
        ("bug", 500, "internal"),
        ("not-found", 404, "not_found"),
        ("forbidden", 403, "forbidden"),
        ("suspicious", 400, "bad_request"),
        ("throttled", 429, "throttled"),
        ("plain-validation", 400, "invalid"),
    ],
)
@pytest.mark.parametrize("where", ["/api/v1/fail/", "/page/"])
def test_each_error_has_its_status_and_code(client: Client, where: str, kind: str, status: int, code: str) -> None:
    assert problem(client.get(where + kind), status)["code"] == code


def test_the_facts_of_an_error_are_members(client: Client) -> None:
    body = problem(client.get("/api/v1/fail/out-of-stock"), 400)
    assert body["title"] == "Not enough stock."
    assert (body["product_id"], body["requested"], body["available"]) == (7, 5, 2)
    assert problem(client.get("/api/v1/fail/taken"), 422)["price"] == {"currency": "EUR", "minor": 2550}


@pytest.mark.parametrize("kind", ["bug", "internal", "outcome-unknown", "deadline", "not-found", "forbidden"])
def test_nothing_of_the_inside_is_told(client: Client, kind: str) -> None:
    text = client.get(f"/api/v1/fail/{kind}").content.decode()
    for inside in ("secret", "Product", "because", "Traceback", "method"):
        assert inside not in text


def test_headers_say_what_to_do_next(client: Client) -> None:
    assert client.get("/api/v1/fail/throttled")["Retry-After"] == "42"
    assert client.get("/api/v1/fail/peer-unavailable")["Retry-After"] == "1"
    assert client.get("/api/v1/fail/bad-credentials")["WWW-Authenticate"] == "Bearer"
    assert client.get("/api/v1/private")["WWW-Authenticate"] == "Bearer"
    assert client.delete("/api/v1/echo")["Allow"] == "GET, POST, HEAD, OPTIONS"
    assert client.get("/page/refusing")["Allow"] == "POST"


@pytest.mark.django_db(databases=["inventory"], transaction=True)
@pytest.mark.parametrize("kind", ["outcome-unknown", "lost-connection"])
def test_only_what_can_be_repeated_without_harm_is_asked_for_again(client: Client, kind: str) -> None:
    path, keyed, key = f"/api/v1/fail/{kind}", f"/api/v1/fail-keyed/{kind}", {"idempotency-key": "one"}
    assert client.get(path)["Retry-After"] == "1"
    assert client.post(keyed, headers=key)["Retry-After"] == "1"
    for once in (
        client.post(path),
        client.post(keyed),
        client.post(path, headers=key),
        client.put(path, headers=key),
        client.put(keyed, headers=key),
    ):
        assert "Retry-After" not in once.headers
        assert "again" not in problem(once, 503)["detail"]
    assert client.post("/api/v1/fail/peer-unavailable")["Retry-After"] == "1"


@pytest.mark.parametrize(
    ("method", "path", "wait"),
    [
        ("POST", "/api/v1/orders", "1"),
        ("PUT", "/api/v1/products/1/stock", None),
        ("POST", "/api/v1/orders/1/cancel", None),
    ],
)
def test_of_the_api_only_placing_an_order_looks_at_a_key(method: str, path: str, wait: str | None) -> None:
    request = RequestFactory().generic(method, path, headers={"idempotency-key": "one"})
    view = resolve(path).func.view_class()  # type: ignore[attr-defined]
    answer = exception_handler(OutcomeUnknown(method="any"), {"request": request, "view": view})
    assert answer is not None
    assert answer.headers.get("Retry-After") == wait


def test_a_protected_view_wants_a_token(client: Client) -> None:
    assert problem(client.get("/api/v1/private"), 401)["code"] == "unauthenticated"


def test_invalid_bodies_name_the_fields_however_deep(client: Client) -> None:
    body = {"lines": [{"quantity": 1}, {"quantity": "2"}], "colour": "red"}
    answer = problem(client.post("/api/v1/echo", body, JSON), 400)
    assert answer["code"] == "invalid"
    assert answer["errors"] == {
        "name": ["This field is required."],
        "lines.1.quantity": ["A whole number is required."],
        "colour": ["Unknown field."],
    }


def test_a_view_chooses_the_status_of_its_invalid_bodies_but_not_of_its_parameters(client: Client) -> None:
    assert problem(client.post("/api/v1/echo422", {}, JSON), 422)["errors"] == {"name": ["This field is required."]}
    assert problem(client.get("/api/v1/echo422?limit=0"), 400)["errors"] == {
        "limit": ["Ensure this value is greater than or equal to 1."]
    }


@pytest.mark.parametrize("body", ["[]", "5", '"text"', "true", "null"])
def test_a_body_that_is_no_object_is_invalid(client: Client, body: str) -> None:
    assert list(problem(client.post("/api/v1/echo", body, JSON), 400)["errors"]) == ["body"]


def test_errors_without_a_field_are_those_of_the_body(client: Client) -> None:
    assert problem(client.get("/api/v1/fail/plain-validation"), 400)["errors"] == {"body": ["Not both."]}


def test_a_body_full_of_mistakes_gets_a_short_answer(client: Client) -> None:
    body = {"name": "a", "lines": [{"quantity": "x"}] * 20_000}
    assert len(problem(client.post("/api/v1/echo", body, JSON), 400)["errors"]) == 100


@pytest.mark.parametrize("body", ["{", '{"name": NaN}', '{"name": "\xff"}'.encode("latin-1"), "[" * 200_000])
def test_malformed_json_is_said_to_be(client: Client, body: Any) -> None:
    assert problem(client.post("/api/v1/echo", body, JSON), 400)["code"] == "malformed_json"


def test_other_content_types_are_refused(client: Client) -> None:
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "application/xml", "nonsense"):
        assert problem(client.post("/api/v1/echo", "name=a", content_type), 415)["code"] == "unsupported_media_type"
    assert problem(client.post("/api/v1/echo", {"name": "a"}), 415)["code"] == "unsupported_media_type"


def test_an_answer_in_another_format_is_refused(client: Client) -> None:
    assert problem(client.get("/api/v1/echo", headers={"accept": "application/xml"}), 406)["code"] == "not_acceptable"


def test_another_method_is_refused(client: Client) -> None:
    assert problem(client.delete("/api/v1/echo"), 405)["code"] == "method_not_allowed"
    assert problem(client.get("/page/refusing"), 405)["code"] == "method_not_allowed"


@pytest.mark.parametrize("path", ["/nothing", "/api/v1/nothing", "/api/v1/echo/", "/%ff", "/api/v1/%00", "/%zz", "/é"])
def test_an_unknown_path_is_a_problem_too(client: Client, path: str) -> None:
    assert problem(client.get(path), 404)["code"] == "not_found"


def test_a_query_string_that_is_no_text_is_refused_or_read_but_breaks_nothing(client: Client) -> None:
    assert list(problem(client.get("/api/v1/echo?after=%00"), 400)["errors"]) == ["after"]
    assert list(problem(client.get("/api/v1/echo?%ff=%ff"), 400)["errors"]) == ["\N{REPLACEMENT CHARACTER}"]


def test_an_unknown_host_is_refused(client: Client, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["shop.test"]
    assert problem(client.get("/api/v1/echo", headers={"host": "evil.test"}), 400)["code"] == "unknown_host"
    assert client.get("/api/v1/echo", headers={"host": "shop.test"}).status_code == 200


def test_a_bug_is_logged_with_its_stack_and_without_personal_data(client: Client, text_log: Log) -> None:
    request_id = problem(client.get("/api/v1/fail/bug"), 500)["request_id"]
    logged = text_log()
    assert "Traceback" in logged
    assert "RuntimeError: secret of [redacted]" in logged
    assert request_id in logged
    assert "ann@shop.test" not in logged


def test_a_developer_gets_problems_too_and_the_stack_in_the_log(client: Client, settings: Any, text_log: Log) -> None:
    settings.DEBUG = True
    assert problem(client.get("/nothing"), 404)["code"] == "not_found"
    assert problem(client.get("/api/v1/fail/bug"), 500)["code"] == "internal"
    assert problem(client.get("/page/bug"), 500)["code"] == "internal"
    assert text_log().count("Traceback") == 2


@pytest.mark.parametrize("kind", ["out-of-stock", "peer-unavailable", "not-found", "throttled"])
@pytest.mark.parametrize("where", ["/api/v1/fail/", "/page/"])
def test_what_is_no_bug_leaves_no_stack(client: Client, where: str, kind: str, text_log: Log) -> None:
    client.get(where + kind)
    assert "Traceback" not in text_log()


@pytest.mark.django_db(databases=["inventory"], transaction=True)
@pytest.mark.parametrize("path", ["/api/v1/fail/lost-connection", "/page/lost-connection"])
def test_a_lost_database_is_503_and_the_next_request_recovers(client: Client, path: str) -> None:
    response = client.get(path)
    assert problem(response, 503)["code"] == "database_unavailable"
    assert response["Retry-After"] == "1"
    assert client.get("/health/inventory").status_code == 200


@pytest.mark.django_db(databases=["inventory"], transaction=True)
def test_a_database_lost_inside_a_contract_call_is_503_as_it_would_be_over_the_wire(client: Client) -> None:
    assert problem(client.get("/api/v1/fail/lost-inside-a-call"), 503)["code"] == "outcome_unknown"
    with connections["inventory"].cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


@pytest.mark.django_db(databases=["users"])
def test_the_back_office_answers_a_browser_with_pages(client: Client) -> None:
    login = client.get("/admin/", follow=True)
    assert login.status_code == 200
    assert login["Content-Type"] == "text/html; charset=utf-8"
    assert client.post("/admin/login/", {}, headers={"x-csrftoken": "no"}).status_code == 200


def test_the_back_office_still_refuses_forged_forms() -> None:
    forged = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "a", "password": "b"})
    assert forged.status_code == 403
    assert forged["Content-Type"].startswith("text/html")
