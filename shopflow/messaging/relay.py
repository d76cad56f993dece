"""The relay: takes events from the outboxes to the sink, at least once, in order per aggregate, until they arrive."""

from __future__ import annotations

import json
import logging
import random
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Protocol

from django.db import InterfaceError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from contracts.events import event_of
from contracts.messaging import Envelope
from shopflow.messaging import relay_sql

logger = logging.getLogger(__name__)

BATCH = 200
LEASE_SECONDS = 15.0
"""How long an event stays with a relay that has died."""
MAX_FAILURES = 8
LONGEST_RETRY_SECONDS = 60.0
PASSING = (OperationalError, InterfaceError)
"""Failures of what is around, not of the event: retried for as long as they last, and not counted against it."""


class Sink(Protocol):
    def deliver(self, envelopes: Sequence[Envelope[Any]]) -> dict[str, Exception]: ...


class UnreadableEvent(Exception):
    """An event whose type, version or fields this release does not know."""


@dataclass(frozen=True, slots=True)
class Leased:
    """An event that this claim holds, and how often it was tried before."""

    id: int
    event_id: str
    attempts: int
    failures: int


@dataclass(frozen=True, slots=True)
class Claimed(Leased):
    envelope: Envelope[Any] | UnreadableEvent
    awaiting: tuple[str, ...]
    """Over a broker: the contexts that are still to be told."""


def relay_once(context: str, sink: Sink, *, limit: int = BATCH) -> int:
    """Deliver what waits in one outbox; returns how many events were tried."""
    lease = uuid.uuid4()
    claimed = claim(context, lease, limit=limit)
    if not claimed:
        return 0
    failures = sink.deliver([event.envelope for event in claimed if isinstance(event.envelope, Envelope)])
    failures |= {event.event_id: event.envelope for event in claimed if isinstance(event.envelope, UnreadableEvent)}
    mark_delivered(context, lease, [event for event in claimed if event.event_id not in failures])
    for event in claimed:
        if event.event_id in failures:
            mark_failed(context, event, lease, failures[event.event_id])
    return len(claimed)


def claim(
    context: str,
    lease: uuid.UUID,
    *,
    limit: int,
    lease_seconds: float = LEASE_SECONDS,
    longest_lease: float = LEASE_SECONDS,
    consumers: Mapping[str, Sequence[str]] | None = None,
) -> list[Claimed]:
    """What waits, oldest first. `consumers`: over a broker, the contexts that wait for each type of event."""
    parameters: dict[str, Any] = {
        "lease": lease,
        "lease_seconds": lease_seconds,
        "longest_lease": longest_lease,
        "limit": limit,
        "consumers": None if consumers is None else json.dumps(consumers),
    }
    with connections[context].cursor() as cursor, _planned_anew(connections[context]):
        cursor.execute(relay_sql.CLAIM, parameters)
        return [_claimed(row) for row in sorted(cursor.fetchall(), key=itemgetter(0))]


def mark_delivered(context: str, lease: uuid.UUID, events: Sequence[Claimed]) -> None:
    if events:
        execute(context, relay_sql.MARK_DELIVERED, ids=[event.id for event in events], lease=lease)


@contextmanager
def _planned_anew(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Keep psycopg from preparing: a plan made for an empty outbox is ruinous once it is full."""
    usual = connection.connection.prepare_threshold
    connection.connection.prepare_threshold = None
    try:
        yield
    finally:
        connection.connection.prepare_threshold = usual


def _claimed(row: tuple[Any, ...]) -> Claimed:
    row_id, event_id, name, version, data, headers, occurred_at, attempts, failures, awaiting = row
    envelope: Envelope[Any] | UnreadableEvent
    try:
        event = event_of(name, version, _json(data))
        envelope = Envelope(event_id=str(event_id), occurred_at=occurred_at, headers=_json(headers), event=event)
    except (KeyError, TypeError, ValueError):
        envelope = UnreadableEvent(f"{name} version {version}")
    return Claimed(row_id, str(event_id), attempts, failures, envelope, tuple(awaiting or ()))


def _json(value: Any) -> Any:
    """Django's cursors give jsonb as text."""
    return json.loads(value) if isinstance(value, str) else value


def mark_failed(context: str, event: Leased, lease: uuid.UUID, error: Exception) -> None:
    summary = f"{type(error).__name__}: {error}".partition("\n")[0][:500]
    mark_failure(context, event, lease, summary, passing=isinstance(error, PASSING))


def mark_failure(context: str, event: Leased, lease: uuid.UUID, summary: str, *, passing: bool) -> None:
    """It is tried again later, and later still each time; what fails by its own fault for too long is parked."""
    failures = event.failures if passing else event.failures + 1
    dead = failures >= MAX_FAILURES
    doubled = 0.25 * 2 ** min(event.attempts, 16)
    retry_seconds = min(LONGEST_RETRY_SECONDS, doubled) * random.uniform(0.5, 1.5)  # noqa: S311
    execute(
        context,
        relay_sql.MARK_FAILED,
        id=event.id,
        lease=lease,
        error=summary,
        failures=failures,
        retry_seconds=retry_seconds,
        dead=dead,
    )
    level = logging.ERROR if dead else logging.WARNING
    fate = "parked as a dead letter" if dead else f"again in {retry_seconds:.1f} s"
    logger.log(level, "event %s of %s failed (%s), %s", event.event_id, context, summary, fate)


def execute(context: str, statement: str, **parameters: Any) -> None:
    with connections[context].cursor() as cursor:
        cursor.execute(statement, parameters)
