"""Dead letters: events that failed too often get another life, once their cause is gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connections

from shopflow.messaging import relay_sql

AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True)
class Replayed:
    id: int
    event_id: UUID
    type: str
    aggregate_id: str
    last_error: str
    """Of its former life."""


def replay(context: str, event_id: UUID) -> Replayed | None:
    """None if there is no such dead letter in this outbox."""
    found = _replay(context, relay_sql.REPLAY, event_id=str(event_id))
    return found[0] if found else None


def replay_all(context: str) -> list[Replayed]:
    """Those of one outbox, in order; a few at a time, so that nobody waits long for their locks."""
    replayed: list[Replayed] = []
    while batch := _replay(context, relay_sql.REPLAY_ALL, limit=AT_ONCE):
        replayed += sorted(batch, key=lambda event: event.id)
    return replayed


def _replay(context: str, statement: str, **parameters: Any) -> list[Replayed]:
    with connections[context].cursor() as cursor:
        cursor.execute(statement, parameters)
        return [Replayed(*row) for row in cursor.fetchall()]
