"""How much may come, how large, and from which pages."""

from __future__ import annotations

import socket
from http import HTTPStatus
from http.client import HTTPResponse

import pytest

from tests.api.client import Answer
from tests.gateway.conftest import StartGateway, assert_refused
from tests.gateway.gateway import Gateway

MIB = 1024 * 1024
SHOP = "https://shop.example"


def test_a_body_of_one_mebibyte_passes_and_a_byte_more_does_not(gateway: Gateway) -> None:
    assert gateway.client.post("/api/v1/orders", b"x" * MIB).body["length"] == MIB
    answer = gateway.client.post("/api/v1/orders", b"x" * (MIB + 1))
    assert_refused(answer, 413, "body_too_large", title=HTTPStatus(413).phrase, detail="A body may have 1 MiB at most.")
    assert gateway.stubs["orders"].asked == ["POST /api/v1/orders"]


def test_headers_of_32_kib_pass_and_more_do_not(gateway: Gateway) -> None:
    assert gateway.client.send("GET", "/api/v1/products", X_Large="x" * 30_000).status == 200
    answer = gateway.client.send("GET", "/api/v1/products", X_Large="x" * 33_000)
    assert_refused(
        answer,
        431,
        "headers_too_large",
        title="Request Header Fields Too Large",
        detail="The headers may have 32 KiB at most.",
    )


@pytest.mark.parametrize("request_line", [b"nothing of the kind", b"GET /api/v1/products%00 HTTP/1.1"])
def test_what_cannot_be_read_is_refused_as_a_problem(gateway: Gateway, request_line: bytes) -> None:
    answer = say(gateway, request_line + b"\r\nHost: shop\r\n\r\n")
    assert_refused(answer, 400, "bad_request", title="Bad Request", detail="The request cannot be understood.")


def test_any_other_refusal_is_a_problem_too(gateway: Gateway) -> None:
    answer = say(gateway, b"GET /api/v1/products HTTP/1.0\r\n\r\n")
    assert_refused(answer, 426, "refused", title="Refused", detail="The gateway cannot answer this request.")


def test_which_methods_there_are_the_service_says(gateway: Gateway) -> None:
    assert gateway.client.send("NOSUCHMETHOD", "/api/v1/products").status == 501  # as Python's server has it


def say(gateway: Gateway, request: bytes) -> Answer:
    with socket.create_connection((gateway.place.listen.host, gateway.place.listen.port), timeout=10) as connection:
        connection.sendall(request)
        response = HTTPResponse(connection)
        response.begin()
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())


def assert_throttled(answer: Answer) -> None:
    detail = "Request was throttled. Expected available in 1 second."
    assert_refused(answer, 429, "throttled", title="Too Many Requests", detail=detail)
    assert answer.headers["retry-after"] == "1"
    assert answer.headers["x-ratelimit-remaining"] == "0"


def test_too_many_requests_at_once_are_refused_and_the_headers_count(start: StartGateway) -> None:
    client = start(rate=3).client
    answers = [client.get("/api/v1/products") for _ in range(5)]
    assert [answer.status for answer in answers[:3]] == [200, 200, 200]
    assert {answer.headers["x-ratelimit-limit"] for answer in answers} == {"3"}
    assert answers[0].headers["x-ratelimit-remaining"] == "2"
    assert_throttled(next(answer for answer in answers if answer.status != 200))


def test_logins_have_a_rate_of_their_own(start: StartGateway) -> None:
    client = start(login_rate=1).client
    answers = [client.post("/api/v1/users/login", {}) for _ in range(3)]
    assert answers[0].status == 200
    assert_throttled(next(answer for answer in answers if answer.status != 200))
    assert client.post("/api/v1/users/register", {}).status == 200
    assert client.post("/api/v1/users/refresh", {}).status == 200


def test_where_there_is_no_limit_nothing_is_counted(start: StartGateway) -> None:
    client = start(rate=0, login_rate=0).client
    answers = [client.get("/api/v1/users/login") for _ in range(20)]
    assert {answer.status for answer in answers} == {200}
    assert "x-ratelimit-limit" not in answers[0].headers


def preflight(gateway: Gateway, origin: str) -> Answer:
    return gateway.client.send("OPTIONS", "/api/v1/orders", Origin=origin, Access_Control_Request_Method="POST")


def test_no_other_site_may_use_the_api_by_default(gateway: Gateway) -> None:
    assert not any(name.startswith("access-control") for name in preflight(gateway, SHOP).headers)
    answer = gateway.client.send("GET", "/api/v1/products", Origin=SHOP)
    assert not any(name.startswith("access-control") for name in answer.headers)


def test_the_sites_that_are_named_may(start: StartGateway) -> None:
    gateway = start(cors_origins=(SHOP, "http://localhost:3000"))
    allowed = preflight(gateway, SHOP)
    assert (allowed.status, allowed.headers["access-control-allow-origin"]) == (200, SHOP)
    assert {"idempotency-key", "authorization"} <= set(allowed.headers["access-control-allow-headers"].split(", "))
    assert gateway.stubs["orders"].asked == []
    answer = gateway.client.bearing("bad").send("GET", "/api/v1/orders", Origin="http://localhost:3000")
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (401, "http://localhost:3000")
    assert "x-request-id" in answer.headers["access-control-expose-headers"]


@pytest.mark.parametrize("origin", ["https://shop.example.evil.test", "http://shop.example", "null"])
def test_a_site_that_is_not_named_may_not(start: StartGateway, origin: str) -> None:
    gateway = start(cors_origins=(SHOP,))
    assert "access-control-allow-origin" not in preflight(gateway, origin).headers
    answer = gateway.client.send("GET", "/api/v1/products", Origin=origin)
    assert "access-control-allow-origin" not in answer.headers
