"""gRPC through the gateway: the public methods for anybody, over mutual TLS behind it; nothing else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import grpc
import pytest

from shopflow.grpc.credentials import server_credentials
from tests.gateway.conftest import StartGateway
from tests.gateway.gateway import Gateway

PRODUCTS = "/shopflow.inventory.v1.InventoryService/GetProductsOnSale"
TOKEN = "/user.UserService/ValidateToken"


class Echo(grpc.GenericRpcHandler):
    """Answers any method with its name, the request, the caller's certificate and the metadata; once it may `go`."""

    def __init__(self, go: Event | None = None) -> None:
        self.go = go or Event()
        self.asked: list[str] = []
        if go is None:
            self.go.set()

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[Any, Any]:
        def answer(request: bytes, context: grpc.ServicerContext) -> bytes:
            self.asked.append(str(details.method))
            self.go.wait(30)
            names = context.auth_context()["x509_subject_alternative_name"]
            metadata = [name for name, _ in context.invocation_metadata()]
            return b" ".join([str(details.method).encode(), request, *names, repr(metadata).encode()])

        return grpc.unary_unary_rpc_method_handler(answer)


@contextmanager
def service(certs: Path, identity: str, echo: Echo | None = None) -> Iterator[int]:
    server = grpc.server(ThreadPoolExecutor(2), handlers=[echo or Echo()])
    port = server.add_secure_port("127.0.0.1:0", server_credentials(certs, identity))
    server.start()
    yield port
    server.stop(None).wait(10)


@pytest.fixture
def inventory(start: StartGateway, certs: Path) -> Iterator[Gateway]:
    with service(certs, "inventory") as port, service(certs, "users") as users:
        yield start(grpc_ports={"inventory": port, "users": users, "orders": 1, "payments": 1})


def call(gateway: Gateway, method: str, *metadata: tuple[str, str], data: bytes = b"asked") -> bytes:
    with grpc.insecure_channel(str(gateway.place.listen)) as channel:
        ask: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(method)
        return ask(data, timeout=10, metadata=metadata)


def refusal(gateway: Gateway, method: str, data: bytes = b"asked") -> grpc.StatusCode:
    with pytest.raises(grpc.RpcError) as refused:
        call(gateway, method, data=data)
    code: grpc.StatusCode = refused.value.code()
    return code


@pytest.mark.parametrize("method", [PRODUCTS, TOKEN, "/inventory.InventoryService/CheckStock"])
def test_a_public_method_is_called_in_the_gateways_name(inventory: Gateway, method: str) -> None:
    answered = call(inventory, method, ("x-user-id", "1"), ("x-request-id", "mine"))
    assert answered.startswith(f"{method} asked ".encode())
    assert b" gateway " in answered
    assert b"x-request-id" in answered
    assert b"x-user-id" not in answered


@pytest.mark.parametrize(
    "method",
    [
        "/shopflow.inventory.v1.InventoryService/ReserveStock",
        "/shopflow.inventory.v1.InventoryService/GetProducts",
        "/inventory.InventoryService/UpdateStock",
        "/user.UserService/GetUser",
        "/grpc.health.v1.Health/Check",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "/no.Such/Thing",
    ],
)
def test_no_other_method_is_there(inventory: Gateway, method: str) -> None:
    assert refusal(inventory, method) is grpc.StatusCode.UNIMPLEMENTED


def test_of_a_service_that_is_down_it_is_said(start: StartGateway) -> None:
    assert refusal(start(), PRODUCTS) is grpc.StatusCode.UNAVAILABLE


def test_a_service_that_is_another_is_not_asked(start: StartGateway, certs: Path) -> None:
    with service(certs, "users") as port:
        gateway = start(grpc_ports={"inventory": port, "users": port, "orders": 1, "payments": 1})
        assert refusal(gateway, PRODUCTS) is grpc.StatusCode.UNAVAILABLE
        assert call(gateway, TOKEN).startswith(TOKEN.encode())


def test_too_many_calls_are_told_so(start: StartGateway, certs: Path) -> None:
    with service(certs, "inventory") as port:
        gateway = start(rate=1, grpc_ports={"inventory": port, "users": 1, "orders": 1, "payments": 1})
        assert call(gateway, PRODUCTS)
        assert refusal(gateway, PRODUCTS) is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_a_request_of_8_kib_passes_and_a_few_times_more_does_not(inventory: Gateway) -> None:
    assert call(inventory, PRODUCTS, data=b"x" * 8_000).startswith(PRODUCTS.encode())
    assert refusal(inventory, PRODUCTS, data=b"x" * 32_000) is grpc.StatusCode.UNKNOWN


def test_a_call_that_takes_too_long_is_given_up_and_not_tried_again(start: StartGateway, certs: Path) -> None:
    echo = Echo(Event())
    with service(certs, "inventory", echo) as port:
        gateway = start(grpc_ports={"inventory": port, "users": 1, "orders": 1, "payments": 1})
        began = time.monotonic()
        assert refusal(gateway, PRODUCTS) is grpc.StatusCode.DEADLINE_EXCEEDED
        assert 0.9 < time.monotonic() - began < 5
        assert echo.asked == [PRODUCTS]
        echo.go.set()


def test_a_public_method_is_no_page(inventory: Gateway) -> None:
    assert inventory.client.post(PRODUCTS, {}).status == 404
