"""Which service is asked, and what is told of it."""

from __future__ import annotations

import json
import re
from contextlib import closing
from http.client import HTTPConnection

import pytest

from shopflow.http.error_pages import PLAIN
from tests.gateway.conftest import assert_refused
from tests.gateway.gateway import Gateway

TABLE = {
    "users": [
        *("/", "/api/schema/", "/api/docs/", "/static/drf_spectacular_sidecar/a.js", "/.well-known/jwks.json?x=1"),
        *("/health/user", "/api/v1/users/register", "/api/v1/users/login", "/api/v1/users/refresh"),
        *("/api/v1/users/logout", "/api/v1/users/me", "/api/v1/users/me/password"),
        *("/api/v1/webhooks/endpoints", "/api/v1/webhooks"),
    ],
    "inventory": [
        "/api/v1/products",
        "/api/v1/products?q=a%20b&limit=1",
        "/api/v1/products/5/stock",
        "/health/inventory",
    ],
    "orders": [
        "/api/v1/orders",
        "/api/v1/orders/5/cancel",
        "/api/v1/orders/5/refunds?limit=1",
        "/health/order",
        "/health",
        "/health/ready",
        "/metrics",
    ],
    "payments": ["/api/v1/payments/webhooks/simulated", "/api/v1/payments/simulated/sim_1"],
    "backoffice": ["/admin", "/admin/", "/admin/login/?next=/admin/", "/admin/orders/order/5/", "/static/admin/a.css"],
}


@pytest.mark.parametrize(("service", "path"), [(name, path) for name, paths in TABLE.items() for path in paths])
def test_each_path_goes_to_its_service_as_it_is(gateway: Gateway, service: str, path: str) -> None:
    answer = gateway.client.get(path)
    assert (answer.status, answer.body["service"], answer.body["path"]) == (200, service, path)


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/nowhere",
            "/api/v1/nowhere",
            "/api/v1/users",
            "/api/v2/products",
            "/api/v1/productsandmore",
            "/api/v1/orders2",
        ),
        *("/api/v1/payments", "/health/", "/health/payments", "/administrator", "/api/schema", "/static"),
        *("//api/v1/products", "/api/v1//products", "/api/v1/products/../../../nowhere/", "/api%2fv1/users"),
    ],
)
def test_what_has_no_route_answers_404_as_a_problem(gateway: Gateway, path: str) -> None:
    code, detail = PLAIN[404]
    assert_refused(gateway.client.get(path), 404, code, title="Not Found", detail=detail)
    assert [stub.asked for stub in gateway.stubs.values()] == [[]] * len(gateway.stubs)


def test_a_method_that_http_may_come_to_have_is_for_the_service_to_refuse(gateway: Gateway) -> None:
    gateway.client.send("FETCH", "/api/v1/products")
    assert gateway.stubs["inventory"].asked == ["FETCH /api/v1/products"]


def test_a_query_without_a_type_which_no_server_may_take_is_refused_as_a_method(gateway: Gateway) -> None:
    answer = gateway.client.send("QUERY", "/api/v1/products")
    code, detail = PLAIN[405]
    assert_refused(answer, 405, code, title="Method Not Allowed", detail=detail)
    assert answer.headers["allow"] == "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
    assert gateway.stubs["inventory"].asked == []


@pytest.mark.parametrize(
    ("path", "seen"),
    [
        ("/api/v1%2Fproducts%2f5", "/api/v1/products/5"),
        ("/api/v1/users/../products", "/api/v1/products"),
        ("/api/v1/users/%2e%2e/products", "/api/v1/products"),
        ("/api/v1/users/..%2fproducts", "/api/v1/products"),
        ("/api/v1/products//5", "/api/v1/products//5"),
        ("/api/v1/products?after=%00&q=a%2Fb&x=../..", "/api/v1/products?after=%00&q=a%2Fb&x=../.."),
    ],
)
def test_a_path_is_routed_as_the_service_reads_it(gateway: Gateway, path: str, seen: str) -> None:
    assert gateway.client.get(path).body["path"] == seen


def test_a_service_learns_who_asks_and_nothing_that_the_client_made_up(gateway: Gateway) -> None:
    answer = gateway.client.send(
        "GET", "/api/v1/products", X_User_Id="1", X_Forwarded_For="203.0.113.9", X_Envoy_Retry_On="5xx"
    )
    headers = answer.body["headers"]
    assert re.fullmatch(r"203\.0\.113\.9,\s?[0-9.]+", headers["x-forwarded-for"])
    assert headers["x-forwarded-proto"] == "http"
    assert not {"x-user-id", "x-envoy-retry-on", "x-envoy-internal"} & set(headers)


def test_headers_that_wsgi_cannot_tell_from_others_are_dropped(gateway: Gateway) -> None:
    with closing(HTTPConnection(str(gateway.place.listen), timeout=10)) as connection:
        connection.request("GET", "/api/v1/products", headers={"X_Forwarded_For": "203.0.113.9", "X-Kept": "1"})
        headers = json.loads(connection.getresponse().read())["headers"]
    assert headers["x-kept"] == "1"
    assert "203.0.113.9" not in str(headers)


def test_nobody_learns_what_software_answers(gateway: Gateway) -> None:
    headers = gateway.client.get("/api/v1/products").headers
    assert not {"server", "x-envoy-upstream-service-time", "via"} & set(headers)


@pytest.mark.parametrize("given", ["Trace-1.a_b", "a" * 64, "123e4567-e89b-42d3-a456-426614174000"])
@pytest.mark.parametrize("path", ["/api/v1/products", "/nowhere"])
def test_a_sane_request_id_is_kept(gateway: Gateway, path: str, given: str) -> None:
    answer = gateway.client.send("GET", path, X_Request_ID=given)
    assert answer.headers["x-request-id"] == given
    assert (answer.body.get("request_id") or answer.body["headers"]["x-request-id"]) == given


@pytest.mark.parametrize("given", [None, "", "a" * 65, "a b", "<script>", "a;b", "é"])
@pytest.mark.parametrize("path", ["/api/v1/products", "/nowhere"])
def test_any_other_is_replaced(gateway: Gateway, path: str, given: str | None) -> None:
    answers = [gateway.client.send("GET", path, **({} if given is None else {"X_Request_ID": given})) for _ in range(2)]
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert ids == [answer.body.get("request_id") or answer.body["headers"]["x-request-id"] for answer in answers]
    assert ids[0] != ids[1]
    assert all(re.fullmatch(r"[0-9a-f-]{36}", made) for made in ids)


def test_a_request_leaves_a_line_with_nothing_personal(gateway: Gateway) -> None:
    gateway.client.bearing("secret.token.here").send(
        "GET", "/api/v1/products/5?q=ann@shop.test", X_Request_ID="line-1", X_Forwarded_For="203.0.113.9"
    )
    gateway.client.send("GET", "/api/v1/products/5?q=ann@shop.test", X_Request_ID="line-2")
    gateway.client.send("GET", "/ann@shop.test", X_Request_ID="line-3")
    refused, answered, lost = (gateway.log(f"line-{number}") for number in (1, 2, 3))
    assert {**answered, "time": "", "ms": 0} == {
        "time": "",
        "method": "GET",
        "route": "products",
        "status": 200,
        "ms": 0,
        "service": "inventory",
        "tries": 1,
        "flags": "-",
        "why": "via_upstream",
        "request_id": "line-2",
    }
    assert (refused["route"], refused["status"]) == ("products", 401)
    assert (lost["route"], lost["status"], lost["flags"]) == (None, 404, "NR")
    for personal in ("ann", "?", "203.0.113.9", "secret"):
        assert personal not in f"{refused}{answered}{lost}"
