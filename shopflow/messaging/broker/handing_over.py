"""The relay's part: events go from an outbox into the queues of those who wait for them, under a lease.

They are delivered once everybody has told the outcome (`outcomes`). Until then the lease holds; when it ends without an
outcome they are published again, so that nothing depends on what a broker keeps.
"""

from __future__ import annotations

import logging
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from django.conf import settings

from contracts.messaging import Envelope, Handlers
from shopflow.messaging import relay_sql
from shopflow.messaging.broker import queues
from shopflow.messaging.broker.wire import written
from shopflow.messaging.relay import BATCH, Claimed, UnreadableEvent, claim, execute, mark_delivered, mark_failed

logger = logging.getLogger(__name__)

DELIVER = "shopflow.messaging.deliver"
LEASE_SECONDS = 30.0
"""How long an outcome is waited for before the event is published again: longer each time, as whoever should tell it
may be away for a while."""
LONGEST_LEASE_SECONDS = 120.0


class BrokerAway(ConnectionError):
    """The broker does not answer."""


class Broker(Protocol):
    def send(self, task: str, *, queue: str, **arguments: Any) -> None: ...
    def is_full(self, queue: str) -> bool: ...


def consumers_of(handlers: Mapping[str, Handlers]) -> dict[str, list[str]]:
    """The contexts that wait for each type of event."""
    found: dict[str, list[str]] = defaultdict(list)
    for context, table in handlers.items():
        for event, reactions in table.items():
            if reactions and context not in found[event.type]:
                found[event.type].append(context)
    return dict(found)


def hand_over_once(context: str, broker: Broker, consumers: Mapping[str, Sequence[str]], *, limit: int = BATCH) -> int:
    """Publish what waits in one outbox; returns how many events were tried. Raises BrokerAway, with nothing lost."""
    lease = uuid.uuid4()
    claimed = claim(
        context,
        lease,
        limit=limit,
        lease_seconds=LEASE_SECONDS,
        longest_lease=LONGEST_LEASE_SECONDS,
        consumers=consumers,
    )
    awaited: list[tuple[Claimed, Envelope[Any]]] = []
    unheard: list[Claimed] = []
    for event in claimed:
        if isinstance(event.envelope, UnreadableEvent):
            mark_failed(context, event, lease, event.envelope)
        elif event.awaiting:
            awaited.append((event, event.envelope))
        else:
            unheard.append(event)
    mark_delivered(context, lease, unheard)
    try:
        _publish(context, lease, awaited, broker)
    except BrokerAway:
        execute(context, relay_sql.GIVE_BACK, ids=[event.id for event, _ in awaited], lease=lease)
        raise
    return len(claimed)


def _publish(context: str, lease: uuid.UUID, awaited: Sequence[tuple[Claimed, Envelope[Any]]], broker: Broker) -> None:
    """One message for each consuming context; what was tried before has a queue in which it holds up nobody."""
    batches: dict[tuple[str, bool], list[dict[str, Any]]] = defaultdict(list)
    for event, envelope in awaited:
        letter = written(envelope)
        for consumer in _known(event):
            batches[consumer, event.attempts > 1].append(letter)
    for (consumer, retried), letters in batches.items():
        queue = queues.events(consumer, retried=retried)
        if not broker.is_full(queue):
            broker.send(DELIVER, queue=queue, origin=context, consumer=consumer, lease=str(lease), letters=letters)


def _known(event: Claimed) -> Iterator[str]:
    """A context that only a newer release has is waited for: it may be back before long."""
    for consumer in event.awaiting:
        if consumer in settings.CONTEXTS:
            yield consumer
        else:
            logger.warning("event %s waits for %s, which this release does not have", event.event_id, consumer)
