"""Periodic jobs: each in a thread of its own, so that none holds up another, nor the events."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from django.db import Error, close_old_connections, connections

from contracts.errors import ContractError

logger = logging.getLogger(__name__)

PAUSE_AFTER_FAILURE_SECONDS = 1.0
LONG = 10.0


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do every `seconds`; it must be safe to run in several processes at once."""

    run: Callable[[], object]
    seconds: float
    at_start: bool = True
    """Whether the first run is at once: else after `seconds`, as for what reads a whole database."""
    called: str = ""

    @property
    def name(self) -> str:
        return self.called or self.run.__name__


class JobThread:
    """Runs a job every so often, or, where somebody else keeps the time, whenever it is told to."""

    def __init__(self, job: Job, *, keeps_time: bool = True) -> None:
        self._job = job
        self._keeps_time = keeps_time
        self._told = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=job.name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Run soon: told twice while it runs, it runs once more."""
        self._told.set()

    def stop(self) -> None:
        self._stopped.set()
        self._told.set()

    def join(self, seconds: float) -> None:
        self._thread.join(seconds)

    def _run(self) -> None:
        pause = self._job.seconds if self._keeps_time else None
        if not (self._keeps_time and self._job.at_start):
            self._told.wait(pause)
        while not self._stopped.is_set():
            self._told.clear()
            if not attempt(self._job.name, self._job.run):
                self._stopped.wait(PAUSE_AFTER_FAILURE_SECONDS)
            self._let_go()
            self._told.wait(pause)
        connections.close_all()

    def _let_go(self) -> None:
        """A connection is worth keeping where it is soon used again."""
        if self._job.seconds > LONG:
            connections.close_all()
        else:
            close_old_connections()


def attempt(what: str, work: Callable[[], object]) -> bool:
    """Whatever goes wrong is logged, and tried again by whoever asks next."""
    try:
        work()
    except (Error, ContractError, ConnectionError) as error:
        logger.warning("%s: %s, again in a moment", what, type(error).__name__)
    except Exception:
        logger.exception("%s: broke, again in a moment", what)
    else:
        return True
    connections.close_all()
    return False
