"""What a client is told of a service that does not answer, and what is tried again for it."""

from __future__ import annotations

import threading
import time

import pytest

from tests.api.client import Answer
from tests.e2e.shop import until
from tests.gateway.conftest import StartGateway, assert_page, assert_refused
from tests.gateway.gateway import Gateway
from tests.gateway.stubs import Handler, hang_up, once

UNAVAILABLE = "A service that this needs cannot be reached."
UNKNOWN = "A service did not answer; the call may have been carried out."
LATE = "No time was left to make the call."
KEY = {"Idempotency_Key": "once"}


def assert_unavailable(answer: Answer) -> None:
    assert_refused(answer, 503, "peer_unavailable", title=UNAVAILABLE, detail=UNAVAILABLE)
    assert answer.headers["retry-after"] == "1"


def assert_unknown(answer: Answer, status: int = 503, *, again: str | None = None) -> None:
    assert_refused(answer, status, "outcome_unknown", title=UNKNOWN, detail=UNKNOWN)
    assert answer.headers.get("retry-after") == again


def test_of_a_service_that_is_down_it_is_said_and_the_others_serve_on(start: StartGateway) -> None:
    gateway = start()
    gateway.stubs["inventory"].stop()
    assert_unavailable(gateway.client.get("/api/v1/products"))  # nobody has noticed yet
    gateway.fail("inventory")
    began = time.monotonic()
    assert_unavailable(gateway.client.get("/api/v1/products"))
    assert_unavailable(gateway.client.post("/api/v1/products", {}))
    assert time.monotonic() - began < 1
    assert gateway.client.get("/api/v1/orders").status == 200
    gateway.revive("inventory")
    until(lambda: gateway.client.get("/api/v1/products").status == 200, "products are served again", seconds=5)


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/api/v1/products", {}),
        ("HEAD", "/api/v1/products/1", {}),
        ("OPTIONS", "/api/v1/orders", {}),
        ("GET", "/api/v1/users/me", {}),
        ("POST", "/api/v1/orders", KEY),
        ("POST", "/api/v1/orders/1/refunds", KEY),
        ("POST", "/api/v1/orders/1/returns", KEY),
    ],
)
def test_what_can_be_repeated_is_tried_again(gateway: Gateway, method: str, path: str, headers: dict[str, str]) -> None:
    for stub in gateway.stubs.values():
        stub.trouble = once(hang_up)
    answer = gateway.client.send(method, path, X_Request_ID=f"again-{method}{path.replace('/', '-')}", **headers)
    assert answer.status == 200
    asked = [line for stub in gateway.stubs.values() for line in stub.asked]
    assert asked == [f"{method} {path}"] * 2
    assert gateway.log(answer.headers["x-request-id"])["tries"] == 2


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("POST", "/api/v1/orders", {}),
        ("POST", "/api/v1/orders/1/refunds", {}),
        ("POST", "/api/v1/orders/1/returns", {}),
        ("POST", "/api/v1/orders/1/cancel", KEY),
        ("POST", "/api/v1/payments/webhooks/simulated", KEY),
        ("POST", "/api/v1/payments/simulated/sim_1", KEY),
        ("POST", "/api/v1/webhooks/endpoints", KEY),
        ("POST", "/api/v1/products", KEY),
        ("PATCH", "/api/v1/products/1", KEY),
        ("PUT", "/api/v1/products/1/stock", KEY),
        ("DELETE", "/api/v1/products/1", KEY),
        ("POST", "/api/v1/users/login", KEY),
    ],
)
def test_what_cannot_is_not_and_its_outcome_is_unknown(
    gateway: Gateway, method: str, path: str, headers: dict[str, str]
) -> None:
    for stub in gateway.stubs.values():
        stub.trouble = hang_up
    assert_unknown(gateway.client.send(method, path, {}, **headers))
    assert [line for stub in gateway.stubs.values() for line in stub.asked] == [f"{method} {path}"]


def test_what_has_changed_nothing_was_not_carried_out(gateway: Gateway) -> None:
    gateway.stubs["orders"].trouble = hang_up
    for path in ("/api/v1/orders", "/api/v1/orders/1"):
        assert_unavailable(gateway.client.get(path))


def test_only_what_a_key_makes_safe_is_to_be_repeated_at_once(gateway: Gateway) -> None:
    gateway.stubs["orders"].trouble = hang_up
    for path in ("/api/v1/orders", "/api/v1/orders/7/refunds"):
        assert_unknown(gateway.client.send("POST", f"{path}?x=1", {}, **KEY), again="1")
        assert_unknown(gateway.client.post(path, {}))
    assert_unknown(gateway.client.send("POST", "/api/v1/orders/7/refunds/1", {}, **KEY))


@pytest.mark.parametrize("status", [409, 500, 503, 504])
def test_an_answer_is_an_answer_and_passes_as_it_is(gateway: Gateway, status: int) -> None:
    def refuse(handler: Handler) -> bool:
        handler.say({"code": "the service's own"}, status)
        return True

    gateway.stubs["orders"].trouble = refuse
    answer = gateway.client.send("POST", "/api/v1/orders", {}, **KEY)
    assert (answer.status, answer.body) == (status, {"code": "the service's own"})
    assert gateway.client.get("/api/v1/orders").status == status
    assert gateway.stubs["orders"].asked == ["POST /api/v1/orders", "GET /api/v1/orders"]


def test_who_works_in_the_back_office_is_told_on_a_page(gateway: Gateway) -> None:
    gateway.stubs["backoffice"].trouble = hang_up
    assert_page(gateway.client.post("/admin/orders/order/7/cancel", {}), 503, "The back office cannot be reached")


def test_a_service_that_does_not_answer_in_time_is_given_up(start: StartGateway) -> None:
    gateway, over = start(seconds=1), threading.Event()
    gateway.stubs["orders"].trouble = lambda handler: over.wait(30)
    began = time.monotonic()
    answer = gateway.client.send("POST", "/api/v1/orders", {}, **KEY)
    assert 2.9 < time.monotonic() - began < 8
    assert_unknown(answer, 504)
    answer = gateway.client.get("/api/v1/orders/1")
    assert_refused(answer, 504, "deadline_exceeded", title=LATE, detail=LATE)
    assert gateway.stubs["orders"].asked == ["POST /api/v1/orders", "GET /api/v1/orders/1"]
    over.set()
