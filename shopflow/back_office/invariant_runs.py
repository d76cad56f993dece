"""The runs of the invariants: one at a time, decided by the database; each says that it lives, and what it has read."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread
from typing import Any, Final

from django.db import Error, IntegrityError, connections
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.db.transaction import atomic

from shopflow.back_office.models import InvariantRun, RunState
from shopflow.invariants.base import Invariant, Reading

logger = logging.getLogger(__name__)

START_SECONDS: Final = 60.0
"""For a process to come up."""
LEASE_SECONDS: Final = 10.0
BEAT_SECONDS: Final = 2.0
KEPT: Final = 100
NAMED: Final = 50
"""Of the breaches of one invariant: whoever needs all of thousands asks the database."""

Tell = Callable[[Invariant, Reading], None]


class TakenForDead(Exception):
    """This run was silent for so long that another has begun."""


def begin(*, actor_id: int | None = None) -> int | None:
    """The id of a new run; None while another is under way."""
    InvariantRun.objects.filter(state=RunState.RUNNING, alive_until__lt=Now()).update(
        state=RunState.DIED, finished_at=Now()
    )
    kept = InvariantRun.objects.order_by("-started_at").values("pk")[:KEPT]
    InvariantRun.objects.exclude(pk__in=kept).delete()
    try:
        with atomic(using="users"):
            alive_until = Now() + timedelta(seconds=START_SECONDS)
            return InvariantRun.objects.create(actor_id=actor_id, alive_until=alive_until).pk
    except IntegrityError:
        return None


@contextmanager
def recording(run_id: int) -> Iterator[Tell]:
    """While it lasts the run is alive; however it ends, the run has ended."""
    _change(run_id)
    stopped = Event()
    heart = Thread(target=_beat, args=(run_id, stopped), name="heart", daemon=True)
    heart.start()
    record = _Record(run_id)
    try:
        yield record.tell
        _end(run_id, RunState.FINISHED)
    except BaseException as error:
        fail(run_id, f"{type(error).__name__}: {error}")
        raise
    finally:
        stopped.set()
        heart.join()


def fail(run_id: int, error: str) -> None:
    """What made it fail may keep this from being written, too: then it has died, for all that others know."""
    try:
        _end(run_id, RunState.FAILED, error=error.partition("\n")[0][:500])
    except (Error, TakenForDead) as unwritten:
        logger.warning("run %d of the invariants: its end is not written: %s", run_id, type(unwritten).__name__)


class _Record:
    def __init__(self, run_id: int) -> None:
        self._run_id = run_id
        self._readings: list[dict[str, Any]] = []

    def tell(self, invariant: Invariant, reading: Reading) -> None:
        names = sorted(reading.breaches)
        self._readings.append(
            {"says": invariant.says, "checked": reading.checked, "breaches": len(names), "names": names[:NAMED]}
        )
        broken = sum(bool(known["breaches"]) for known in self._readings)
        _change(self._run_id, readings=self._readings, broken=broken)


def _end(run_id: int, state: RunState, **more: Any) -> None:
    _change(run_id, state=state, finished_at=Now(), **more)


def _change(run_id: int, **values: Any) -> None:
    alive_until = Now() + timedelta(seconds=LEASE_SECONDS)
    if not _running(run_id).update(alive_until=alive_until, **values):
        raise TakenForDead(f"run {run_id} of the invariants is not under way")


def _running(run_id: int) -> QuerySet[InvariantRun]:
    return InvariantRun.objects.filter(pk=run_id, state=RunState.RUNNING)


def _beat(run_id: int, stopped: Event) -> None:
    """On a connection of its own: one invariant alone may take minutes."""
    while not stopped.wait(BEAT_SECONDS):
        try:
            _change(run_id)
        except (Error, TakenForDead) as error:
            logger.warning("run %d of the invariants: no sign of life: %s", run_id, type(error).__name__)
            connections.close_all()
    connections.close_all()
