"""Keeps the relay and the periodic jobs going: a thread of the app, or `manage.py relay` alone."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.db import Error, connections

from contracts.errors import ContractError
from shopflow.messaging.relay import BATCH, Sink, relay_once

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.05
PAUSE_AFTER_FAILURE_SECONDS = 1.0


@dataclass(slots=True)
class Job:
    """Something to do every `seconds`; it must be safe to run in several processes at once."""

    run: Callable[[], object]
    seconds: float
    due: float = field(default=0.0)


class Runner:
    def __init__(self, sink: Sink, jobs: Sequence[Job], contexts: Sequence[str] | None = None) -> None:
        self._sink = sink
        self._jobs = jobs
        self._contexts = list(contexts or settings.CONTEXTS)
        self._stopped = threading.Event()

    def stop(self) -> None:
        self._stopped.set()

    def run(self) -> None:
        """Until stopped. A database that is down pauses the work; nothing ends it."""
        while not self._stopped.is_set():
            full = [self._relay(context) for context in self._contexts]
            for job in self._jobs:
                self._run(job)
            if not any(full):
                self._stopped.wait(POLL_SECONDS)
        connections.close_all()

    def _relay(self, context: str) -> bool:
        """True when there may be more: a full batch was taken."""
        try:
            return relay_once(context, self._sink) == BATCH
        except Error as error:
            self._pause(f"the outbox of {context} cannot be read", error)
            return False

    def _run(self, job: Job) -> None:
        if time.monotonic() < job.due:
            return
        job.due = time.monotonic() + job.seconds
        try:
            job.run()
        except (Error, ContractError) as error:
            self._pause(f"{job.run.__name__} did not finish", error)

    def _pause(self, what: str, error: Exception) -> None:
        logger.warning("%s: %s", what, type(error).__name__)
        connections.close_all()
        self._stopped.wait(PAUSE_AFTER_FAILURE_SECONDS)


def start_thread(runner: Runner) -> threading.Thread:
    thread = threading.Thread(target=runner.run, name="relay", daemon=True)
    thread.start()
    return thread
