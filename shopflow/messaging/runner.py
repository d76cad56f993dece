"""Keeps the relay and the periodic jobs going: beside the app, in a worker, or `manage.py relay` alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from django.conf import settings
from django.db import connections

from shopflow.messaging.periodic import PAUSE_AFTER_FAILURE_SECONDS, Job, JobThread, attempt
from shopflow.messaging.relay import BATCH

POLL_SECONDS = 0.05
IDLE_POLL_SECONDS = 0.25
"""Where nothing has come for a while, it is looked for less often, down to this."""
GRACE = 5.0
"""Seconds for a job that runs when a stop is asked for."""


@dataclass(slots=True)
class Outbox:
    """One context's outbox, and when it is worth looking into again."""

    context: str
    pause: float = field(default=POLL_SECONDS)
    due: float = field(default=0.0)


class Runner:
    """`relay` takes what waits in one context's outbox, and says how many events that were."""

    def __init__(self, relay: Callable[[str], int], jobs: Sequence[Job] = ()) -> None:
        self._relay = relay
        self._jobs = [JobThread(job) for job in jobs]
        self._outboxes = [Outbox(context) for context in settings.HOSTED]
        self._stopped = threading.Event()

    def stop(self) -> None:
        self._stopped.set()

    def run(self) -> None:
        """Until stopped. Whatever goes wrong pauses the work; nothing ends it."""
        for job in self._jobs:
            job.start()
        while not self._stopped.is_set():
            now = time.monotonic()
            for outbox in self._outboxes:
                look = partial(self._look_into, outbox)
                if outbox.due <= now and not attempt(f"the outbox of {outbox.context}", look):
                    self._stopped.wait(PAUSE_AFTER_FAILURE_SECONDS)
            self._stopped.wait(max(0.0, min(outbox.due for outbox in self._outboxes) - time.monotonic()))
        connections.close_all()
        finish(self._jobs)

    def _look_into(self, outbox: Outbox) -> None:
        taken = self._relay(outbox.context)
        outbox.pause = POLL_SECONDS if taken else min(IDLE_POLL_SECONDS, outbox.pause * 1.5)
        outbox.due = time.monotonic() + (0.0 if taken == BATCH else outbox.pause)


def finish(jobs: Sequence[JobThread]) -> None:
    for job in jobs:
        job.stop()
    deadline = time.monotonic() + GRACE
    for job in jobs:
        job.join(max(0.0, deadline - time.monotonic()))


def start_thread(runner: Runner) -> threading.Thread:
    thread = threading.Thread(target=runner.run, name="relay", daemon=True)
    thread.start()
    return thread
