"""A peer that keeps failing is left alone for a moment."""

from __future__ import annotations

import pytest

from contracts.errors import OutcomeUnknown, PeerUnavailable
from contracts.tests.fakes import raising
from contracts.tests.grpc_shop import (
    ALL,
    NAME,
    SHORT,
    SOLD,
    Holding,
    Keeper,
    Losing,
    Shop,
    call,
    calling,
    error_of,
    meanwhile,
    serving,
)
from contracts.transport import peer
from contracts.transport.peer import FAILURES_BEFORE_REST, REST_SECONDS

UNAVAILABLE = PeerUnavailable(peer=NAME)


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr("circuitbreaker.monotonic", lambda: self.now)


def tire(shop: Shop) -> None:
    for _ in range(FAILURES_BEFORE_REST):
        error_of(shop, "sell")


def test_a_peer_that_keeps_failing_is_left_alone_and_the_calls_never_ran(monkeypatch: pytest.MonkeyPatch) -> None:
    Clock(monkeypatch)
    keeper = Keeper()
    with serving(keeper, interceptors=[Losing(FAILURES_BEFORE_REST)]) as (_, port), calling(port) as shop:
        for _ in range(FAILURES_BEFORE_REST):
            assert error_of(shop, "sell") == OutcomeUnknown(method=f"{NAME}/sell")
        for name in ALL:
            assert error_of(shop, name) == UNAVAILABLE
    assert len(keeper.asked) == FAILURES_BEFORE_REST


def test_a_call_that_is_turned_away_is_not_repeated(monkeypatch: pytest.MonkeyPatch, unused_port: int) -> None:
    Clock(monkeypatch)
    with calling(unused_port) as shop:
        tire(shop)
        monkeypatch.setattr(peer, "RETRYING", peer.RETRYING.copy(sleep=pytest.fail))
        assert error_of(shop, "look") == UNAVAILABLE


def test_after_its_rest_one_call_tries_it_while_the_others_are_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    keeper = Holding()
    keeper.go.set()
    with serving(keeper, interceptors=[Losing(FAILURES_BEFORE_REST)]) as (_, port), calling(port) as shop:
        tire(shop)
        keeper.inside.clear()
        keeper.go.clear()
        clock.now += REST_SECONDS
        with meanwhile(lambda: call(shop, "sell")) as trial:
            assert keeper.inside.wait(10)
            for name in ALL:
                assert error_of(shop, name) == UNAVAILABLE
            keeper.go.set()
            assert trial.result(10) == SOLD
        assert len(keeper.asked) == FAILURES_BEFORE_REST + 1
        for _ in range(2):
            assert call(shop, "sell") == SOLD, "the way is open again"


def test_a_trial_that_fails_means_another_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    keeper = Keeper()
    with serving(keeper, interceptors=[Losing(FAILURES_BEFORE_REST + 1)]) as (_, port), calling(port) as shop:
        tire(shop)
        clock.now += REST_SECONDS
        assert error_of(shop, "sell") == OutcomeUnknown(method=f"{NAME}/sell")
        assert error_of(shop, "sell") == UNAVAILABLE
        clock.now += REST_SECONDS
        assert call(shop, "sell") == SOLD


def test_a_refusal_does_not_count_against_a_peer() -> None:
    keeper = Keeper(raising(SHORT))
    with serving(keeper) as (_, port), calling(port) as shop:
        for _ in range(2 * FAILURES_BEFORE_REST):
            assert error_of(shop, "sell") == SHORT


def test_only_failures_in_a_row_count() -> None:
    keeper = Keeper()
    losing = Losing(0)
    with serving(keeper, interceptors=[losing]) as (_, port), calling(port) as shop:
        for _ in range(FAILURES_BEFORE_REST):
            losing.left = FAILURES_BEFORE_REST - 1
            for _ in range(losing.left):
                assert error_of(shop, "sell") == OutcomeUnknown(method=f"{NAME}/sell")
            assert call(shop, "sell") == SOLD
