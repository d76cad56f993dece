"""How much may come, how large, and from which pages."""

from __future__ import annotations

import socket
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPConnection, HTTPResponse

import pytest

from shopflow.http.error_pages import PLAIN
from tests.api.client import Answer
from tests.gateway.conftest import StartGateway, assert_page, assert_refused
from tests.gateway.gateway import Gateway

MIB = 1024 * 1024
SHOP = "https://shop.example"
ADDRESSES = [f"198.51.100.{number}" for number in range(20)]


def test_a_body_of_one_mebibyte_passes_and_a_byte_more_does_not(gateway: Gateway) -> None:
    assert gateway.client.post("/api/v1/orders", b"x" * MIB).body["length"] == MIB
    answer = gateway.client.post("/api/v1/orders", b"x" * (MIB + 1))
    assert_refused(answer, 413, "body_too_large", title=HTTPStatus(413).phrase, detail="A body may have 1 MiB at most.")
    assert gateway.stubs["orders"].asked == ["POST /api/v1/orders"]


def test_a_file_for_the_back_office_may_be_larger_but_not_the_form_of_its_login(gateway: Gateway) -> None:
    assert gateway.client.post("/admin/inventory/import/", b"x" * 20 * MIB).body["length"] == 20 * MIB
    assert_page(gateway.client.post("/admin/inventory/import/", b"x" * 22 * MIB), 413, "Too large")
    assert_page(gateway.client.post("/admin/login/", b"x" * (MIB + 1)), 413, "Too large")
    assert gateway.stubs["backoffice"].asked == ["POST /admin/inventory/import/"]


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


@pytest.mark.parametrize(("header", "host"), [(b"", "localhost"), (b"Host: shop.example\r\n", "shop.example")])
def test_older_proxies_and_probes_are_answered(gateway: Gateway, header: bytes, host: str) -> None:
    answer = say(gateway, b"GET /api/v1/products HTTP/1.0\r\n" + header + b"\r\n")
    assert (answer.status, answer.body["headers"]["host"]) == (200, host)


@pytest.mark.parametrize("protocol", ["websocket", "h2c", "anything"])
def test_there_is_nothing_to_upgrade_to(gateway: Gateway, protocol: str) -> None:
    headers = f"Host: shop\r\nConnection: Upgrade\r\nUpgrade: {protocol}\r\n\r\n"
    answer = say(gateway, f"GET /api/v1/products HTTP/1.1\r\n{headers}".encode())
    assert (answer.status, "upgrade" in answer.body["headers"]) == (200, False)


def test_nothing_is_connected_through_the_gateway(gateway: Gateway) -> None:
    answer = say(gateway, b"CONNECT shop.example:443 HTTP/1.1\r\nHost: shop.example:443\r\n\r\n")
    code, detail = PLAIN[405]
    assert_refused(answer, 405, code, title="Method Not Allowed", detail=detail)


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


def test_logins_of_the_back_office_have_the_same_rate(start: StartGateway) -> None:
    client = start(login_rate=1).client
    answers = [client.post("/admin/login/", {}) for _ in range(3)]
    assert answers[0].status == 200
    assert_page(next(answer for answer in answers if answer.status != 200), 429, "Too many requests")
    assert client.get("/admin/").status == 200


def logins_from(gateway: Gateway, address: str, number: int) -> list[int]:
    """Their statuses, each over a connection of its own."""
    statuses = []
    for _ in range(number):
        with closing(HTTPConnection(str(gateway.place.listen), timeout=10, source_address=(address, 0))) as connection:
            connection.request("POST", "/api/v1/users/login", b"{}")
            statuses.append(connection.getresponse().status)
    return statuses


@pytest.mark.parametrize("login_rate", [10, 0])
def test_one_address_cannot_use_up_what_all_have(start: StartGateway, login_rate: int) -> None:
    gateway = start(login_rate=login_rate, client_login_rate=2, client_rate=0)
    tried = logins_from(gateway, "127.0.0.2", 40)
    assert (tried[:2], tried.count(429) >= 30) == ([200, 200], True)
    assert logins_from(gateway, "127.0.0.1", 2) == [200, 200]
    assert gateway.client.get("/api/v1/products").status == 200


@pytest.mark.parametrize("rate", [2000, 0])
def test_one_address_has_a_share_of_all_requests(start: StartGateway, rate: int) -> None:
    gateway = start(rate=rate, client_rate=1)
    answers = [gateway.client.get("/api/v1/products") for _ in range(3)]
    assert answers[0].status == 200
    assert_throttled(next(answer for answer in answers if answer.status != 200))
    assert logins_from(gateway, "127.0.0.2", 1) == [200]


def test_behind_a_proxy_the_address_is_that_of_the_client(start: StartGateway) -> None:
    gateway = start(client_rate=1, proxies=1)

    def ask(client: str) -> int:
        return gateway.client.send("GET", "/api/v1/products", X_Forwarded_For=f"{client}, 203.0.113.9").status

    by_proxy = [gateway.client.send("GET", "/api/v1/products", X_Forwarded_For=client).status for client in ADDRESSES]
    assert by_proxy == [200] * len(ADDRESSES)
    made_up = [ask(f"198.51.100.{number}") for number in range(10)]
    assert (made_up[0], 429 in made_up) == (200, True)


def test_a_home_network_counts_as_one_address(start: StartGateway) -> None:
    gateway = start(client_rate=1, proxies=1)
    addresses = [f"2001:db8:1:2::{number}" for number in range(10)]
    statuses = [gateway.client.send("GET", "/api/v1/products", X_Forwarded_For=one).status for one in addresses]
    assert (statuses[0], 429 in statuses) == (200, True)


def test_where_there_is_no_limit_nothing_is_counted(start: StartGateway) -> None:
    client = start(rate=0, login_rate=0, client_rate=0, client_login_rate=0).client
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
