"""Keeps the relay and the periodic jobs going: a thread of the app, or `manage.py relay` alone."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from django.conf import settings
from django.db import Error, connections

from contracts.errors import ContractError
from shopflow.messaging.relay import BATCH, Sink, relay_once

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.05
IDLE_POLL_SECONDS = 0.5
"""Where nothing has come for a while, it is looked for less often, down to this."""
PAUSE_AFTER_FAILURE_SECONDS = 1.0


@dataclass(slots=True)
class Job:
    """Something to do every `seconds`; it must be safe to run in several processes at once."""

    run: Callable[[], object]
    seconds: float
    due: float = field(default=0.0)


@dataclass(slots=True)
class Outbox:
    """One context's outbox, and when it is worth looking into again."""

    context: str
    pause: float = field(default=POLL_SECONDS)
    due: float = field(default=0.0)


class Runner:
    def __init__(self, sink: Sink, jobs: Sequence[Job]) -> None:
        self._sink = sink
        self._jobs = jobs
        self._outboxes = [Outbox(context) for context in settings.HOSTED]
        self._stopped = threading.Event()

    def stop(self) -> None:
        self._stopped.set()

    def run(self) -> None:
        """Until stopped. Whatever goes wrong pauses the work; nothing ends it."""
        while not self._stopped.is_set():
            now = time.monotonic()
            for outbox in self._outboxes:
                if outbox.due <= now:
                    self._attempt(f"the outbox of {outbox.context}", partial(self._relay, outbox))
            for job in self._jobs:
                if job.due <= now:
                    job.due = now + job.seconds
                    self._attempt(job.run.__name__, job.run)
            due = [outbox.due for outbox in self._outboxes] + [job.due for job in self._jobs]
            self._stopped.wait(max(0.0, min(due) - time.monotonic()))
        connections.close_all()

    def _relay(self, outbox: Outbox) -> None:
        taken = relay_once(outbox.context, self._sink)
        outbox.pause = POLL_SECONDS if taken else min(IDLE_POLL_SECONDS, outbox.pause * 1.5)
        outbox.due = time.monotonic() + (0.0 if taken == BATCH else outbox.pause)

    def _attempt(self, what: str, work: Callable[[], object]) -> None:
        try:
            work()
        except (Error, ContractError) as error:
            logger.warning("%s: %s, again in a moment", what, type(error).__name__)
        except Exception:
            logger.exception("%s: broke, again in a moment", what)
        else:
            return
        connections.close_all()
        self._stopped.wait(PAUSE_AFTER_FAILURE_SECONDS)


def start_thread(runner: Runner) -> threading.Thread:
    thread = threading.Thread(target=runner.run, name="relay", daemon=True)
    thread.start()
    return thread
