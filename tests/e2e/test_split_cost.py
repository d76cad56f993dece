"""`manage.py split_cost` beside a shop that runs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tests.api.client import Client
from tests.e2e.conftest import StartShop
from tests.e2e.shop import ROOT, free_port

pytestmark = pytest.mark.e2e

ADA = {"username": "ada", "email": "ada@example.com", "password": "correct horse 7"}
FROM_ELSEWHERE = "# TYPE up gauge\nup 1\n"
OF_A_SERVICE = """\
# TYPE shopflow_http_request_seconds histogram
# TYPE shopflow_contract_call_seconds histogram
# TYPE shopflow_database_up gauge
shopflow_database_up{context="orders"} 1.0
"""


def split_cost(url: str, *options: str) -> tuple[int, list[str], list[str]]:
    """Exit code, output and errors."""
    command = [sys.executable, "manage.py", "split_cost", "--url", url, *options]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    return ended.returncode, ended.stdout.splitlines(), ended.stderr.splitlines()


def row(lines: list[str], name: str) -> list[str]:
    return next(line.split() for line in lines if line.split()[:1] == [name])


@pytest.mark.parametrize("transport", ["fast", "strict"])
def test_says_what_each_context_would_cost(start_shop: StartShop, transport: str) -> None:
    shop = start_shop(SHOPFLOW_LOCAL_TRANSPORT=transport, SHOPFLOW_RELAY_THREAD="0").ready()
    url = f"http://127.0.0.1:{shop.port}"
    unused = split_cost(url)
    place_orders(Client(url), 4)
    code, lines, errors = split_cost(url)
    assert unused == (
        1,
        [],
        ["CommandError: it has answered no request to the API yet: use it for a while, then ask again"],
    )
    assert (code, errors) == (0, [])
    assert lines[0].startswith(f"{url}: 8 requests to the API, ")
    assert lines[0].endswith(" ms each on average; 5 calls between contexts, 0 of them by the relay")
    assert row(lines, "inventory.reserve_stock")[:3] == ["inventory.reserve_stock", "4", "0"]
    assert row(lines, "users.get_user")[:4] == ["users.get_user", "1", "0", "2"]
    calls = {name: row(lines, name)[1] for name in ("users", "inventory", "orders", "payments")}
    assert calls == {"users": "0.12", "inventory": "0.50", "orders": "0.62", "payments": "0.00"}
    assert float(row(lines, "orders")[5]) > float(row(lines, "inventory")[5]) > float(row(lines, "users")[5]) > 0

    code, lines, errors = split_cost(url, "--out", "users")
    assert (code, errors) == (0, [])
    assert [line for line in lines if line.startswith(("inventory", "orders", "payments"))] == []
    assert row(lines, "users")[1] == "0.12"


def place_orders(client: Client, number: int) -> None:
    """With an account, a product's page and one expansion: twice as many requests as orders, for four."""
    assert client.post("/api/v1/users/register", ADA).status == 201
    token = client.post("/api/v1/users/login", {name: ADA[name] for name in ("email", "password")}).body
    client = client.bearing(token["access_token"])
    [product] = client.get("/api/v1/products?limit=1&in_stock=true").body
    for _ in range(number):
        placed = client.post("/api/v1/orders", {"product_id": product["id"], "quantity": 1})
        assert placed.status == 201
    assert client.get(f"/api/v1/orders/{placed.body['id']}?expand=user").status == 200


@contextmanager
def answering(text: str, status: int = 200) -> Iterator[str]:
    """The URL of a server that gives everybody this answer."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=partial(server.serve_forever, poll_interval=0.01)).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("text", "status", "error"),
    [
        ("<html>", 200, "what it answers are no Prometheus metrics"),
        (FROM_ELSEWHERE, 200, "these are not the metrics of a ShopFlow"),
        (OF_A_SERVICE, 200, "that process is no monolith: it does not have inventory, payments, users"),
        ("", 404, "{url}/metrics answers 404: is that a ShopFlow?"),
    ],
)
def test_another_server_is_one_clear_line(text: str, status: int, error: str) -> None:
    with answering(text, status) as url:
        assert split_cost(url) == (1, [], [f"CommandError: {error.format(url=url)}"])


def test_no_server_is_one_clear_line() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    error = f"CommandError: nothing answers at {url}/metrics: [Errno 111] Connection refused"
    assert split_cost(url) == (1, [], [error])


def test_what_is_no_address_is_one_clear_line() -> None:
    assert split_cost("shop") == (1, [], ["CommandError: shop is no http:// or https:// address"])
