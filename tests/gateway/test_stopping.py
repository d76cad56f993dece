"""The gateway's container stops in order: `deploy/compose/gateway.sh` around a real Envoy."""

from __future__ import annotations

import http.client
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psutil

from tests.api.client import Client
from tests.e2e.shop import ROOT, until
from tests.gateway.conftest import StartGateway
from tests.gateway.gateway import Gateway
from tests.gateway.stubs import Handler

SCRIPT = ROOT / "deploy" / "compose" / "gateway.sh"
ORDER = "/api/v1/orders"


class Slow:
    """An answer that takes until it may come."""

    def __init__(self) -> None:
        self.arrived, self.may_come = threading.Event(), threading.Event()

    def __call__(self, _handler: Handler) -> bool:
        self.arrived.set()
        self.may_come.wait(20)
        return False


def test_who_has_asked_is_answered_who_comes_now_is_not_let_in_and_then_it_ends_well(start: StartGateway) -> None:
    gateway = start(script=SCRIPT)
    gateway.stubs["orders"].trouble = slow = Slow()
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(Client(f"http://{gateway.place.listen}").post, ORDER, {"lines": []})
        assert slow.arrived.wait(20)
        gateway.process.terminate()
        until(lambda: not is_open(gateway), "a closed door")
        assert not is_healthy(gateway)
        assert gateway.process.poll() is None
        slow.may_come.set()
        answer = asked.result(20)
    assert (answer.status, answer.headers["connection"]) == (200, "close")
    assert gateway.process.wait(20) == 0


def test_a_client_that_keeps_its_connection_does_not_hold_up_the_end(start: StartGateway) -> None:
    gateway = start(script=SCRIPT)
    connection = http.client.HTTPConnection(gateway.place.listen.host, gateway.place.listen.port, timeout=20)
    connection.request("GET", "/api/v1/products")
    assert connection.getresponse().read()
    gateway.process.terminate()
    assert gateway.process.wait(20) == 0
    connection.close()


def test_it_is_healthy_once_a_request_gets_through(start: StartGateway) -> None:
    gateway = start(script=SCRIPT)
    assert is_healthy(gateway)
    gateway.fail("orders")
    assert not is_healthy(gateway)


def test_where_envoy_dies_it_ends_with_it(start: StartGateway) -> None:
    gateway = start(script=SCRIPT)
    [envoy] = psutil.Process(gateway.process.pid).children()
    envoy.kill()
    assert gateway.process.wait(20) == 128 + 9


def is_open(gateway: Gateway) -> bool:
    with suppress(OSError, http.client.HTTPException):
        return Client(f"http://{gateway.place.listen}").get("/health").status > 0
    return False


def is_healthy(gateway: Gateway) -> bool:
    return subprocess.run([SCRIPT, "--healthy"], check=False, env=gateway.environment, timeout=20).returncode == 0
