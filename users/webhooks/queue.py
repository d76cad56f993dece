"""The deliveries that wait: put in with the event, claimed by a sender, settled by what came of it."""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.db import connections

from contracts.messaging import Envelope
from users.webhooks import sql
from users.webhooks.sending import Outcome

logger = logging.getLogger(__name__)

LIFE_SECONDS: Final = 24 * 3600.0
"""How long a delivery is tried."""
LEASE_SECONDS: Final = 60.0
"""How long a delivery stays with a sender that has died: longer than any attempt takes, resolving included."""
FIRST_RETRY_SECONDS: Final = 5.0
LONGEST_RETRY_SECONDS: Final = 3 * 3600.0
MOST_FOR_EACH: Final = 4
"""How many deliveries one endpoint has under way at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    id: int
    attempts: int
    event_id: str
    body: str
    url: str
    secrets: tuple[str, ...]


def enqueue(envelopes: Sequence[Envelope[Any]]) -> None:
    """A delivery for each enabled endpoint that wants the event. Where none wants any, it is one small statement."""
    with connections["users"].cursor() as cursor:
        cursor.execute(sql.WANTED)
        wanted = {name for (name,) in cursor.fetchall()}
        events = [_event(envelope) for envelope in envelopes if envelope.event.type in wanted]
        if events:
            cursor.execute(sql.ENQUEUE, {"events": json.dumps(events), "life_seconds": LIFE_SECONDS})


def _event(envelope: Envelope[Any]) -> dict[str, str]:
    event = envelope.event
    body = {
        "id": envelope.event_id,
        "type": event.type,
        "version": event.version,
        "occurred_at": envelope.occurred_at.astimezone(UTC).isoformat(),
        "data": event.data,
    }
    return {"id": envelope.event_id, "type": event.type, "body": json.dumps(body, separators=(",", ":"))}


def claim(*, limit: int) -> list[Claimed]:
    with connections["users"].cursor() as cursor:
        parameters = {"limit": limit, "each": MOST_FOR_EACH, "lease_seconds": LEASE_SECONDS}
        cursor.execute(sql.CLAIM, parameters)
        return [
            Claimed(
                id=id,
                attempts=attempts,
                event_id=str(event_id),
                body=body,
                url=url,
                secrets=(secret, previous) if previous else (secret,),
            )
            for id, attempts, event_id, body, url, secret, previous in cursor.fetchall()
        ]


def settle(delivery: Claimed, outcome: Outcome) -> None:
    """Delivered, or to be tried again, or given up; and the endpoint disabled where that was the last straw."""
    reason = "It answered 410 Gone." if outcome.gone else "All its deliveries failed for a day."
    attempt = {
        "at": datetime.now(UTC).isoformat(),
        "status_code": outcome.status_code,
        "error": outcome.failure,
        "milliseconds": outcome.milliseconds,
    }
    parameters: dict[str, Any] = {
        "id": delivery.id,
        "attempts": delivery.attempts,
        "delivered": outcome.delivered,
        "gone": outcome.gone,
        "retry_seconds": retry_seconds(delivery.attempts),
        "attempt": json.dumps([attempt]),
        "reason": reason,
        "life_seconds": LIFE_SECONDS,
    }
    with connections["users"].cursor() as cursor:
        cursor.execute(sql.SETTLE, parameters)
        for (endpoint_id,) in cursor.fetchall():
            logger.warning("webhook endpoint %s was disabled: %s", endpoint_id, reason)


def retry_seconds(attempts: int) -> float:
    """5, 10, 20 seconds … 3 hours, each half as long or as long again, so that not all come back at once."""
    doubled = FIRST_RETRY_SECONDS * 2.0 ** min(attempts - 1, 16)
    return min(LONGEST_RETRY_SECONDS, doubled) * random.uniform(0.5, 1.5)  # noqa: S311


def purge(*, days: int, limit: int) -> int:
    with connections["users"].cursor() as cursor:
        cursor.execute(sql.PURGE, {"days": days, "limit": limit})
        return int(cursor.rowcount)
