"""What became of events that were handed over: told by the context that applied them, noted in the outbox."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import TypedDict

from django.db import connections

from shopflow.messaging import relay_sql
from shopflow.messaging.relay import PASSING, Leased, UnreadableEvent, execute, mark_failure


class Failure(TypedDict):
    error: str
    passing: bool
    """The surroundings failed, not the event."""


def failure(error: Exception) -> Failure:
    """A consumer that cannot read the event is of an older release than its origin: that passes, too."""
    summary = f"{type(error).__name__}: {error}".partition("\n")[0][:500]
    return {"error": summary, "passing": isinstance(error, (*PASSING, UnreadableEvent))}


def settle(
    *, origin: str, consumer: str, lease: uuid.UUID, applied: Sequence[str], failed: Mapping[str, Failure]
) -> None:
    """An event is delivered once its last consumer has applied it; one failure is enough for another attempt."""
    if applied:
        execute(origin, relay_sql.MARK_APPLIED, consumer=consumer, event_ids=list(applied))
    for event in _leased(origin, lease, list(failed)) if failed else ():
        told = failed[event.event_id]
        mark_failure(origin, event, lease, told["error"], passing=told["passing"])


def _leased(origin: str, lease: uuid.UUID, event_ids: Sequence[str]) -> list[Leased]:
    """Those that are still under this lease: a failure of an earlier attempt is no news."""
    with connections[origin].cursor() as cursor:
        cursor.execute(relay_sql.LEASED, {"lease": lease, "event_ids": list(event_ids)})
        return [Leased(id, str(event_id), attempts, failures) for id, event_id, attempts, failures in cursor.fetchall()]
