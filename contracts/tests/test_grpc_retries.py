"""What is repeated, how often, and when a peer is left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from time import monotonic
from typing import Any

import grpc
import pytest
from tenacity import wait_fixed

from contracts.base import time_limit
from contracts.errors import OutcomeUnknown, PeerUnavailable
from contracts.tests.fakes import raising
from contracts.tests.grpc_shop import (
    ALL,
    NAME,
    PRODUCTS,
    SHORT,
    SOLD,
    Keeper,
    Losing,
    call,
    calling,
    error_of,
    opened,
    serving,
)
from contracts.transport import peer
from contracts.transport.peer import ATTEMPTS

REPEATED = ("look", "reserve")
UNAVAILABLE = PeerUnavailable(peer=NAME)


class Attempts(grpc.UnaryUnaryClientInterceptor):
    """Counts what is sent; after the first attempt that fails, `meantime` happens."""

    def __init__(self, meantime: Callable[[], object] = lambda: None) -> None:
        self.count = 0
        self.meantime = meantime

    def intercept_unary_unary(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        self.count += 1
        attempt = continuation(client_call_details, request)
        if attempt.code() is not grpc.StatusCode.OK and self.count == 1:
            self.meantime()
        return attempt


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.mark.parametrize("name", REPEATED)
def test_a_peer_that_comes_up_between_two_attempts_answers_and_runs_it_once(
    name: str, stack: ExitStack, unused_port: int
) -> None:
    keeper, channel = Keeper(), opened(unused_port)
    attempts = Attempts(lambda: come_up(stack, keeper, unused_port, channel))
    with calling(channel, attempts) as shop:
        assert call(shop, name) == (PRODUCTS if name == "look" else SOLD)
    assert (attempts.count, keeper.asked) == (2, [ALL[name]])


def test_what_cannot_be_repeated_is_not_even_if_the_peer_comes_up(stack: ExitStack, unused_port: int) -> None:
    keeper, channel = Keeper(), opened(unused_port)
    attempts = Attempts(lambda: come_up(stack, keeper, unused_port, channel))
    with calling(channel, attempts) as shop:
        assert error_of(shop, "sell") == UNAVAILABLE
    assert (attempts.count, keeper.asked) == (1, [])


def come_up(stack: ExitStack, keeper: Keeper, port: int, channel: grpc.Channel) -> None:
    stack.enter_context(serving(keeper, address=f"127.0.0.1:{port}"))
    grpc.channel_ready_future(channel).result(10)


@pytest.mark.parametrize("name", REPEATED)
def test_a_lost_answer_is_asked_for_again(name: str) -> None:
    keeper = Keeper()
    with serving(keeper, interceptors=[Losing(ATTEMPTS - 1)]) as (_, port), calling(port) as shop:
        assert call(shop, name) == (PRODUCTS if name == "look" else SOLD)
    assert keeper.asked == [ALL[name]] * ATTEMPTS


def test_what_cannot_be_repeated_runs_once_and_nobody_knows() -> None:
    keeper = Keeper()
    with serving(keeper, interceptors=[Losing(1)]) as (_, port), calling(port) as shop:
        assert error_of(shop, "sell") == OutcomeUnknown(method=f"{NAME}/sell")
    assert len(keeper.asked) == 1


@pytest.mark.parametrize("name", REPEATED)
def test_it_is_given_up_after_the_last_attempt(name: str) -> None:
    keeper = Keeper()
    with serving(keeper, interceptors=[Losing(100)]) as (_, port), calling(port) as shop:
        error_of(shop, name)
    assert len(keeper.asked) == ATTEMPTS


def test_a_refusal_is_an_answer_and_is_not_asked_for_again() -> None:
    keeper = Keeper(raising(SHORT))
    with serving(keeper) as (_, port), calling(port) as shop:
        assert error_of(shop, "reserve") == SHORT
    assert len(keeper.asked) == 1


def test_nothing_is_repeated_beyond_the_deadline(monkeypatch: pytest.MonkeyPatch, unused_port: int) -> None:
    monkeypatch.setattr(peer, "RETRYING", peer.RETRYING.copy(wait=wait_fixed(20)))
    attempts, started = Attempts(), monotonic()
    with calling(unused_port, attempts) as shop, time_limit(10):
        assert error_of(shop, "reserve") == UNAVAILABLE
    assert attempts.count == 1
    assert monotonic() - started < 10
