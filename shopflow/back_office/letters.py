"""Dead letters as the back office reads them: of all outboxes, newest first, and nothing in them names a person."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, Value

from shopflow.messaging.backlog import MOST
from shopflow.messaging.models import OutboxEvent
from shopflow.observability.logs import EMAIL, REDACTED

SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class After:
    """Where a page of the list goes on: behind this letter."""

    dead_at: datetime
    event_id: UUID

    def __str__(self) -> str:
        return f"{self.dead_at.isoformat()}_{self.event_id}"

    @classmethod
    def parse(cls, text: str) -> After | None:
        at, _, event_id = text.partition("_")
        try:
            found = cls(datetime.fromisoformat(at), UUID(event_id))
        except ValueError:
            return None
        return found if found.dead_at.tzinfo else None


def newest(contexts: Sequence[str], *, after: After | None) -> list[OutboxEvent]:
    """Each with its `context`; one more than SHOWN where there are others."""
    found = [letter for context in contexts for letter in _newest(context, after)]
    return sorted(found, key=attrgetter("dead_at", "event_id"), reverse=True)[: SHOWN + 1]


def _newest(context: str, after: After | None) -> list[OutboxEvent]:
    dead = OutboxEvent.objects.using(context).filter(dead_at__isnull=False)
    if after:
        same = Q(dead_at=after.dead_at, event_id__lt=after.event_id)
        dead = dead.filter(Q(dead_at__lt=after.dead_at) | same, dead_at__lte=after.dead_at)
    return list(dead.annotate(context=Value(context)).order_by("-dead_at", "-event_id")[: SHOWN + 1])


def find(context: str, event_id: UUID) -> OutboxEvent | None:
    return OutboxEvent.objects.using(context).filter(event_id=event_id).first()


def held_up(context: str, event: OutboxEvent) -> int:
    """How many later events of its aggregate wait behind it; MOST stands for as many or more."""
    undelivered = OutboxEvent.objects.using(context).filter(delivered_at=None)
    later = undelivered.filter(aggregate_id=event.aggregate_id, id__gt=event.pk)
    return later[:MOST].count()


def shown(value: Any) -> str:
    """Events hold ids and plain values; whatever should look like an address all the same is nobody's business here."""
    return without_addresses(json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True))


def without_addresses(text: str) -> str:
    return EMAIL.sub(REDACTED, text)
