"""No answer: what the caller of each kind of method is told, and whether that is true."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from google.rpc.status_pb2 import Status

from contracts.base import time_left, time_limit
from contracts.errors import DeadlineExceeded, Internal, OutcomeUnknown, PeerUnavailable
from contracts.tests.fakes import raising
from contracts.tests.grpc_shop import (
    NAME,
    PRODUCTS,
    READS,
    SOLD,
    Holding,
    Keeper,
    Losing,
    call,
    calling,
    error_of,
    every_method,
    meanwhile,
    opened,
    raw,
    serving,
)

ROUND_ROBIN = ("grpc.service_config", json.dumps({"loadBalancingConfig": [{"round_robin": {}}]}))
UNAVAILABLE = PeerUnavailable(peer=NAME)


def unknown(name: str) -> OutcomeUnknown:
    return OutcomeUnknown(method=f"{NAME}/{name}")


@pytest.mark.parametrize("options", [[], [ROUND_ROBIN]], ids=["first", "round robin"])
@every_method
def test_where_nobody_listens_nothing_ran(name: str, options: list[tuple[str, Any]], unused_port: int) -> None:
    with calling(opened(unused_port, options)) as shop:
        assert error_of(shop, name) == UNAVAILABLE
        assert error_of(shop, name) == UNAVAILABLE


@pytest.mark.parametrize("options", [[], [ROUND_ROBIN]], ids=["first", "round robin"])
@every_method
def test_where_the_name_is_unknown_nothing_ran(name: str, options: list[tuple[str, Any]]) -> None:
    with calling(opened("dns:///nobody.invalid:50052", options)) as shop:
        assert error_of(shop, name) == UNAVAILABLE


@every_method
def test_a_connection_lost_in_mid_call_leaves_open_what_a_write_did(name: str) -> None:
    """Also where it is repeated, and the later attempts find nobody."""
    keeper = Holding()
    with serving(keeper) as (server, port), calling(port) as shop, meanwhile(lambda: error_of(shop, name)) as error:
        assert keeper.inside.wait(10)
        server.stop(0)
        assert error.result(10) == (UNAVAILABLE if name in READS else unknown(name))
    assert len(keeper.asked) == 1


@every_method
def test_a_peer_that_hangs_up_on_a_call_it_has_read_leaves_open_what_a_write_did(name: str) -> None:
    with serving(Keeper(), interceptors=[Losing(100)]) as (_, port), calling(port) as shop:
        assert error_of(shop, name) == (UNAVAILABLE if name in READS else unknown(name))


class Garbling(grpc.ServerInterceptor):
    """Carries the call out and then says something else of it, as a proxy may: `answer` gives the reply or aborts."""

    def __init__(self, answer: Callable[[grpc.ServicerContext], bytes]) -> None:
        self.answer = answer

    def intercept_service(self, continuation: Any, handler_call_details: grpc.HandlerCallDetails) -> Any:
        handler = continuation(handler_call_details)

        def garbled(data: bytes, context: grpc.ServicerContext) -> bytes:
            handler.unary_unary(data, context)
            return self.answer(context)

        return grpc.unary_unary_rpc_method_handler(garbled)


def with_details(details: bytes) -> Callable[[grpc.ServicerContext], bytes]:
    def aborted(context: grpc.ServicerContext) -> bytes:
        context.set_trailing_metadata((("grpc-status-details-bin", details),))
        return context.abort(grpc.StatusCode.UNKNOWN, "upstream reset")

    return aborted


GARBLED = {
    "reply": lambda _: b"\xff",
    "code": with_details(Status(code=9, message="upstream reset").SerializeToString()),
    "message": with_details(Status(code=2, message="Not enough stock.").SerializeToString()),
    "details": with_details(b"\xff"),
}


@pytest.mark.parametrize("garbled", GARBLED)
@every_method
def test_an_answer_that_cannot_be_understood_leaves_open_what_a_write_did(name: str, garbled: str) -> None:
    keeper = Keeper()
    with serving(keeper, interceptors=[Garbling(GARBLED[garbled])]) as (_, port), calling(port) as shop:
        assert error_of(shop, name) == (Internal(method=f"{NAME}/{name}") if name in READS else unknown(name))
    assert len(keeper.asked) == 1


def test_a_channel_that_was_closed_sent_nothing() -> None:
    keeper = Keeper()
    with serving(keeper) as (_, port), calling(port) as shop:
        assert call(shop, "sell") == SOLD
    assert error_of(shop, "sell") == UNAVAILABLE
    assert len(keeper.asked) == 1


@every_method
def test_a_deadline_that_passes_leaves_open_what_a_write_did(name: str) -> None:
    keeper = Holding()
    with serving(keeper) as (_, port), calling(port) as shop, time_limit(0.2):
        told = error_of(shop, name)
    assert told == (DeadlineExceeded(method=f"{NAME}/{name}") if name in READS else unknown(name))
    assert len(keeper.asked) == 1


@every_method
def test_a_peer_that_is_too_busy_never_ran_the_call(name: str) -> None:
    keeper = Holding()
    with (
        serving(keeper, at_once=1) as (_, port),
        calling(port) as one,
        calling(port) as other,
        meanwhile(lambda: call(one, "look")) as first,
    ):
        assert keeper.inside.wait(10)
        assert error_of(other, name) == UNAVAILABLE
        keeper.go.set()
        assert first.result(10) == PRODUCTS
    assert len(keeper.asked) == 1


def test_a_call_with_no_time_left_is_not_made() -> None:
    keeper = Keeper()
    with serving(keeper) as (_, port), calling(port) as shop, time_limit(-1):
        assert error_of(shop, "sell") == DeadlineExceeded(method=f"{NAME}/sell")
    assert keeper.asked == []


def test_a_call_that_waited_for_a_thread_until_its_time_was_up_is_not_carried_out() -> None:
    keeper = Holding()
    with serving(keeper, threads=1) as (_, port), calling(port) as shop, meanwhile(lambda: call(shop, "look")) as first:
        assert keeper.inside.wait(10)
        with time_limit(0.1):
            assert error_of(shop, "sell") == unknown("sell")
        keeper.go.set()
        assert first.result(10) == PRODUCTS
        assert call(shop, "look") == PRODUCTS
        assert len(keeper.asked) == 2


@pytest.mark.parametrize("failure", [DeadlineExceeded(method="m"), PeerUnavailable(peer="users")], ids=["time", "peer"])
def test_once_it_may_have_run_a_later_failure_does_not_deny_it(failure: Exception) -> None:
    keeper = Keeper()
    keeper.answer = lambda request: SOLD if len(keeper.asked) == 1 else raising(failure)(request)
    with serving(keeper, interceptors=[Losing(1)]) as (_, port), calling(port) as shop:
        assert error_of(shop, "reserve") == unknown("reserve")
    assert len(keeper.asked) == 2


def test_the_time_that_is_left_travels_and_shrinks_over_two_hops() -> None:
    seen: list[float] = []

    def arrived(_: Any) -> Any:
        seen.append(time_left() or 0)
        return SOLD

    with serving(Keeper(arrived)) as (_, far), calling(far) as further:

        def pass_on(request: Any) -> Any:
            arrived(request)
            while (time_left() or 0) > 4.9:
                pass  # at work
            return further.sell(request)

        with serving(Keeper(pass_on)) as (_, near), calling(near) as shop, time_limit(5):
            assert call(shop, "sell") == SOLD
    first, second = seen
    assert 4.9 < first < 5.02, "gRPC rounds up, to a hundredth of a second"
    assert 4 < second < 4.92


def test_a_method_s_own_limit_holds_where_the_caller_sets_none() -> None:
    seen: list[float | None] = []

    def note(_: Any) -> Any:
        seen.append(time_left())
        return PRODUCTS

    with serving(Keeper(note)) as (_, port), opened(port) as channel:
        raw(channel, "Look", b"", timeout=None)
    [left] = seen
    assert left is not None
    assert 25 < left <= 30
