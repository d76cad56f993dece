"""A shop behind a real gRPC server, and clients of it, each with a channel of its own."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from datetime import UTC, datetime
from threading import Event
from typing import Any

import grpc
import pytest

from contracts.base import Contract, rpc
from contracts.errors import ContractError
from contracts.inventory import (
    GetProducts,
    OutOfStock,
    ProductNotFound,
    Products,
    Reservation,
    ReservationState,
    ReserveStock,
)
from contracts.transport.grpc_client import grpc_client
from contracts.transport.grpc_server import Gate, contract_handler
from contracts.transport.hooks import Hooks
from contracts.transport.peer import Peer

LOOK = GetProducts(product_ids=(1, 2))
SELL = ReserveStock(reservation_id="r", lines=())
PRODUCTS = Products(products=())
SOLD = Reservation(
    reservation_id="r", state=ReservationState.HELD, expires_at=datetime(2030, 1, 1, tzinfo=UTC), lines=()
)
SHORT = OutOfStock(product_id=1, requested=2, available=0)
NAME = "shopflow.tests.v1.Shop"
Answer = Callable[[Any], Any]


class Shop(Contract, package="shopflow.tests.v1"):
    """One method of each kind: without effect, with one that can be repeated, with one that cannot."""

    @rpc(raises=(ProductNotFound,), read_only=True, timeout=30.0, callers=("orders",))
    @abstractmethod
    def look(self, request: GetProducts) -> Products: ...

    @rpc(raises=(OutOfStock,), idempotent=True, timeout=30.0, callers=("orders",))
    @abstractmethod
    def reserve(self, request: ReserveStock) -> Reservation: ...

    @rpc(raises=(OutOfStock,), timeout=30.0, callers=("orders",))
    @abstractmethod
    def sell(self, request: ReserveStock) -> Reservation: ...


ALL = {"look": LOOK, "reserve": SELL, "sell": SELL}
READS, WRITES = ("look",), ("reserve", "sell")
every_method = pytest.mark.parametrize("name", ALL)


class Keeper(Shop):
    """Answers with `answer`, or as it should; remembers what it was asked."""

    def __init__(self, answer: Answer | None = None) -> None:
        self.answer = answer
        self.asked: list[Any] = []

    def look(self, request: GetProducts) -> Products:
        return self._told(request, PRODUCTS)  # type: ignore[no-any-return]

    def reserve(self, request: ReserveStock) -> Reservation:
        return self._told(request, SOLD)  # type: ignore[no-any-return]

    def sell(self, request: ReserveStock) -> Reservation:
        return self._told(request, SOLD)  # type: ignore[no-any-return]

    def _told(self, request: Any, otherwise: Any) -> Any:
        self.asked.append(request)
        return otherwise if self.answer is None else self.answer(request)


class Holding(Keeper):
    """Keeps every call inside until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.inside, self.go = Event(), Event()

    def _told(self, request: Any, otherwise: Any) -> Any:
        self.asked.append(request)
        self.inside.set()
        assert self.go.wait(30)
        return otherwise


class Losing(grpc.ServerInterceptor):
    """Loses the next answers on their way back, as a connection does that breaks after the call."""

    def __init__(self, answers: int) -> None:
        self.left = answers

    def intercept_service(self, continuation: Any, handler_call_details: grpc.HandlerCallDetails) -> Any:
        handler = continuation(handler_call_details)

        def lost(data: bytes, context: grpc.ServicerContext) -> Any:
            if not self.left:
                return handler.unary_unary(data, context)
            self.left -= 1
            handler.unary_unary(data, context)
            return context.abort(grpc.StatusCode.UNAVAILABLE, "Socket closed")

        return grpc.unary_unary_rpc_method_handler(lost)


@contextmanager
def serving(
    keeper: Shop,
    *,
    address: str = "127.0.0.1:0",
    caller: str = "orders",
    hooks: Hooks | None = None,
    threads: int = 8,
    at_once: int | None = None,
    interceptors: Sequence[grpc.ServerInterceptor] = (),
) -> Iterator[tuple[grpc.Server, int]]:
    """The server and its port."""
    gate = Gate(identify=lambda _: caller)
    with ThreadPoolExecutor(threads) as pool:
        server = grpc.server(
            pool,
            handlers=[contract_handler(Shop, keeper, gate=gate, hooks=hooks or Hooks())],
            interceptors=list(interceptors),
            options=[("grpc.so_reuseport", 0)],
            maximum_concurrent_rpcs=at_once,
        )
        bound = server.add_insecure_port(address)
        server.start()
        try:
            yield server, bound
        finally:
            stopped = server.stop(None)
            if isinstance(keeper, Holding):
                keeper.go.set()
            stopped.wait()


OPTIONS: tuple[tuple[str, Any], ...] = (
    ("grpc.enable_retries", 0),
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 100),
)


def opened(target: int | str, options: Sequence[tuple[str, Any]] = ()) -> grpc.Channel:
    """A number is a port of this machine."""
    address = f"127.0.0.1:{target}" if isinstance(target, int) else target
    return grpc.insecure_channel(address, (*OPTIONS, *options))


@contextmanager
def calling(
    target: int | grpc.Channel, *interceptors: grpc.UnaryUnaryClientInterceptor, hooks: Hooks | None = None
) -> Iterator[Shop]:
    """A client of what listens at that port, or at the end of that channel."""
    channel = opened(target) if isinstance(target, int) else target
    peer = Peer("shop", lambda: grpc.intercept_channel(channel, *interceptors))
    try:
        yield grpc_client(Shop, peer, hooks=hooks or Hooks())
    finally:
        channel.close()


def raw(channel: grpc.Channel, method: str, data: bytes, **options: Any) -> bytes:
    """As any client calls, with nothing of ours in between."""
    stub: Any = channel.unary_unary(f"/{NAME}/{method}")
    answer: bytes = stub(data, **{"timeout": 10, **options})
    return answer


def call(shop: Shop, name: str) -> Any:
    return getattr(shop, name)(ALL[name])


def error_of(shop: Shop, name: str) -> ContractError:
    with pytest.raises(ContractError) as caught:
        call(shop, name)
    return caught.value


@contextmanager
def meanwhile(act: Callable[[], Any]) -> Iterator[Future[Any]]:
    """`act` in another thread, with this one's deadline and caller."""
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(copy_context().run, act)
