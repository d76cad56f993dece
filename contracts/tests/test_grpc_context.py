"""What travels beside a call over gRPC, and what it passes on its way."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode, format_trace_id, get_current_span

from contracts.base import Method, time_left, time_limit
from contracts.caller import Caller, calling_as, current_caller
from contracts.errors import DeadlineExceeded, Internal, PeerUnavailable, TransactionOpen
from contracts.tests.fakes import raising
from contracts.tests.grpc_shop import (
    NAME,
    PRODUCTS,
    SHORT,
    SOLD,
    Answer,
    Keeper,
    Shop,
    call,
    calling,
    error_of,
    opened,
    raw,
    serving,
)
from contracts.transport.grpc_client import grpc_client
from contracts.transport.hooks import Hooks
from contracts.transport.peer import FAILURES_BEFORE_REST, Peer


def noting_callers(seen: list[Caller]) -> Answer:
    def answer(_: object) -> Any:
        seen.append(current_caller())
        return PRODUCTS

    return answer


def test_the_request_and_the_user_travel_and_the_service_is_whom_the_gate_let_in() -> None:
    seen: list[Caller] = []
    with serving(Keeper(noting_callers(seen)), caller="orders") as (_, port), calling(port) as shop:
        with calling_as(Caller(service="shopflow", user_id=7, request_id="abc")):
            call(shop, "look")
        call(shop, "look")
    assert seen == [Caller(service="orders", user_id=7, request_id="abc"), Caller(service="orders")]


@pytest.mark.parametrize("user_id", ["seven", "-7", "7.0", "", "७", "7" * 19, "7" * 5000], ids=lambda id: id[:5])
def test_what_metadata_claims_beyond_that_is_ignored(user_id: str) -> None:
    seen: list[Caller] = []
    forged = [("service", "payments"), ("x-service", "payments"), ("x-forwarded-client-cert", "DNS=payments")]
    if user_id.isascii():
        forged.append(("x-user-id", user_id))
    with serving(Keeper(noting_callers(seen)), caller="orders") as (_, port), opened(port) as channel:
        raw(channel, "Look", b"", metadata=forged)
    assert seen == [Caller(service="orders")]


def test_who_calls_in_one_call_is_not_who_calls_in_the_next_of_the_same_thread() -> None:
    seen: list[Caller] = []
    with serving(Keeper(noting_callers(seen)), threads=1) as (_, port), calling(port) as shop:
        for user_id in (7, None):
            with calling_as(Caller(user_id=user_id)):
                call(shop, "look")
    assert [caller.user_id for caller in seen] == [7, None]


class Traces:
    """Keeps the spans of a process; both sides of these tests are one."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.hooks = Hooks(tracer=provider.get_tracer("test"))


def test_client_and_server_are_two_spans_of_one_trace_and_the_implementation_runs_in_the_second() -> None:
    ours, theirs, inside = Traces(), Traces(), []

    def answer(_: object) -> Any:
        inside.append(get_current_span().get_span_context().span_id)
        raise SHORT

    with serving(Keeper(answer), hooks=theirs.hooks) as (_, port), calling(port, hooks=ours.hooks) as shop:
        assert error_of(shop, "sell") == SHORT
    [client], [server] = ours.exporter.get_finished_spans(), theirs.exporter.get_finished_spans()
    assert (client.name, client.kind) == (f"{NAME}/sell", SpanKind.CLIENT)
    assert (server.name, server.kind) == (f"{NAME}/sell", SpanKind.SERVER)
    assert client.context is not None
    assert server.context is not None
    assert server.context.trace_id == client.context.trace_id
    assert server.parent is not None
    assert server.parent.span_id == client.context.span_id
    assert inside == [server.context.span_id]
    for span in (client, server):
        assert (span.attributes or {})["error.type"] == "out_of_stock"
        assert span.status.status_code is StatusCode.UNSET


def test_a_trace_that_began_elsewhere_goes_on_here() -> None:
    traces, trace_id = Traces(), "4bf92f3577b34da6a3ce929d0e0e4736"
    metadata = [("traceparent", f"00-{trace_id}-00f067aa0ba902b7-01")]
    with serving(Keeper(), hooks=traces.hooks) as (_, port), opened(port) as channel:
        raw(channel, "Look", b"", metadata=metadata)
    [span] = traces.exporter.get_finished_spans()
    assert span.context is not None
    assert format_trace_id(span.context.trace_id) == trace_id


def test_a_span_of_a_call_that_broke_is_an_error_on_both_sides() -> None:
    ours, theirs = Traces(), Traces()
    with (
        serving(Keeper(raising(KeyError())), hooks=theirs.hooks) as (_, port),
        calling(port, hooks=ours.hooks) as shop,
    ):
        assert error_of(shop, "sell") == Internal(method=f"{NAME}/sell")
    for traces in (ours, theirs):
        [span] = traces.exporter.get_finished_spans()
        assert span.status.status_code is StatusCode.ERROR


def test_the_interceptors_run_in_their_order() -> None:
    """Deadline, guard, span, metrics, wire; there: deadline, span, metrics, implementation."""
    ran: list[str] = []

    def guard(_: Method) -> None:
        ran.append("guard")
        left = time_left()
        assert left is not None, "the deadline comes first"
        if left < 5:
            raise TransactionOpen

    def observer(side: str) -> Any:
        return lambda *_: ran.append(f"{side} {get_current_span().is_recording()}")

    ours = Hooks(guard=guard, observer=observer("client"), tracer=Traces().hooks.tracer)
    theirs = Hooks(guard=lambda _: ran.append("guard there"), observer=observer("server"), tracer=Traces().hooks.tracer)

    def answer(_: object) -> Any:
        ran.append("implementation")
        return PRODUCTS

    with serving(Keeper(answer), hooks=theirs) as (_, port), calling(port, hooks=ours) as shop:
        with time_limit(-1):
            assert error_of(shop, "look") == DeadlineExceeded(method=f"{NAME}/look")
        assert ran == []
        with time_limit(1), pytest.raises(TransactionOpen):
            call(shop, "look")
        assert ran == ["guard"]
        call(shop, "look")
    assert ran == ["guard", "guard", "implementation", "server True", "client True"]


def test_a_channel_is_opened_when_it_is_first_needed_and_once() -> None:
    opened_so_far: list[grpc.Channel] = []
    with serving(Keeper()) as (_, port):

        def open_channel() -> grpc.Channel:
            opened_so_far.append(opened(port))
            return opened_so_far[-1]

        peer = Peer("shop", open_channel)
        shop = grpc_client(Shop, peer, hooks=Hooks())
        assert opened_so_far == []
        for _ in range(3):
            call(shop, "look")
        assert len(opened_so_far) == 1
        peer.close()
        call(shop, "look")
        assert len(opened_so_far) == 2
        peer.close()


def test_a_call_on_a_channel_that_was_closed_never_ran() -> None:
    keeper = Keeper()
    with serving(keeper) as (_, port), calling(channel := opened(port)) as shop:
        channel.close()
        assert error_of(shop, "sell") == PeerUnavailable(peer=NAME)
        assert keeper.asked == []


def test_a_mistake_in_what_travels_beside_a_call_is_no_failure_of_the_peer(monkeypatch: pytest.MonkeyPatch) -> None:
    def mistaken() -> None:
        raise ValueError("a mistake of ours")

    with serving(Keeper()) as (_, port), calling(port) as shop:
        with monkeypatch.context() as broken:
            broken.setattr("contracts.transport.peer.outgoing", mistaken)
            for _ in range(FAILURES_BEFORE_REST + 1):
                with pytest.raises(ValueError, match="a mistake of ours"):
                    call(shop, "reserve")
        assert call(shop, "reserve") == SOLD
