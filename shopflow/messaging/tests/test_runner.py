"""The relay's loop goes on, whatever goes wrong."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError

from contracts.errors import PeerUnavailable
from contracts.messaging import Envelope
from shopflow.messaging import periodic, runner as loop
from shopflow.messaging.periodic import Job
from shopflow.messaging.relay import relay_once
from shopflow.messaging.runner import Runner, start_thread
from shopflow.messaging.tests.conftest import RecordingSink, confirmed

pytestmark = pytest.mark.django_db(databases=settings.CONTEXTS, transaction=True)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "PAUSE_AFTER_FAILURE_SECONDS", 0.01)
    monkeypatch.setattr(periodic, "PAUSE_AFTER_FAILURE_SECONDS", 0.01)


class Waiting(RecordingSink):
    def __init__(self) -> None:
        super().__init__()
        self.arrived = threading.Event()

    def deliver(self, envelopes: Sequence[Envelope[Any]]) -> dict[str, Exception]:
        failures = super().deliver(envelopes)
        self.arrived.set()
        return failures


@pytest.mark.parametrize("error", [OperationalError("gone"), PeerUnavailable(peer="orders"), ZeroDivisionError()])
def test_a_job_that_breaks_is_run_again_and_the_events_go_on(error: Exception) -> None:
    runs: list[int] = []
    third = threading.Event()

    def breaks() -> None:
        runs.append(1)
        if len(runs) == 3:
            third.set()
        raise error

    sink = Waiting()
    runner = Runner(partial(relay_once, sink=sink), [Job(breaks, seconds=0.0)])
    thread = start_thread(runner)
    try:
        assert third.wait(timeout=30)
        confirmed(1)
        assert sink.arrived.wait(timeout=30)
    finally:
        runner.stop()
        thread.join(timeout=30)
    assert not thread.is_alive()


def test_a_sink_that_breaks_ends_nothing() -> None:
    sink = Waiting()
    broken = [True]

    def breaks_once() -> None:
        if broken[0]:
            broken[0] = False
            raise ZeroDivisionError

    sink.on_deliver = breaks_once
    runner = Runner(partial(relay_once, sink=sink))
    thread = start_thread(runner)
    try:
        confirmed(1)
        confirmed(2)
        while broken[0]:
            thread.join(timeout=0.01)
        confirmed(3)
        assert sink.arrived.wait(timeout=30)
    finally:
        runner.stop()
        thread.join(timeout=30)
    assert (3, "order.confirmed") in sink.seen


def test_a_slow_job_holds_up_no_event() -> None:
    begun, over = threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        over.wait(30)

    sink = Waiting()
    runner = Runner(partial(relay_once, sink=sink), [Job(slow, seconds=60)])
    thread = start_thread(runner)
    try:
        assert begun.wait(timeout=30)
        confirmed(1)
        assert sink.arrived.wait(timeout=30)
        assert not over.is_set()
    finally:
        over.set()
        runner.stop()
        thread.join(timeout=30)
    assert not thread.is_alive()
