"""Puts events into the outbox of the context whose transaction makes them true."""

from __future__ import annotations

from django.db import connections

from contracts.events import Event
from contracts.messaging import headers
from shopflow.messaging.models import OutboxEvent


class OutboxPublisher:
    def publish(self, event: Event, *, context: str) -> None:
        if not connections[context].in_atomic_block:
            raise RuntimeError(f"{event.type} must be published in the transaction that makes it true")
        OutboxEvent.objects.using(context).create(
            type=event.type,
            version=event.version,
            aggregate_id=event.aggregate_id,
            data=event.data,
            headers=headers(),
        )
