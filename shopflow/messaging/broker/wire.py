"""Events as JSON, on their way between two processes that may be of different releases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contracts.events import event_of
from contracts.messaging import Envelope
from shopflow.messaging.relay import UnreadableEvent


def written(envelope: Envelope[Any]) -> dict[str, Any]:
    event = envelope.event
    return {
        "event_id": envelope.event_id,
        "occurred_at": envelope.occurred_at.isoformat(),
        "headers": dict(envelope.headers),
        "type": event.type,
        "version": event.version,
        "data": event.data,
    }


def read(letter: Mapping[str, Any]) -> Envelope[Any] | UnreadableEvent:
    try:
        return Envelope(
            event_id=letter["event_id"],
            occurred_at=datetime.fromisoformat(letter["occurred_at"]),
            headers=letter["headers"],
            event=event_of(letter["type"], letter["version"], letter["data"]),
        )
    except (KeyError, TypeError, ValueError):
        return UnreadableEvent(f"{letter.get('type')} version {letter.get('version')}")
