"""What a worker does with a message."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.conf import settings

from contracts.messaging import Envelope, Handlers
from shopflow.lost_connections import close_old
from shopflow.messaging.broker import outcomes, queues
from shopflow.messaging.broker.app import Broker, app
from shopflow.messaging.broker.handing_over import DELIVER, BrokerAway
from shopflow.messaging.broker.outcomes import Failure, failure
from shopflow.messaging.broker.wire import read
from shopflow.messaging.inbox import InlineSink
from shopflow.messaging.relay import PASSING

logger = logging.getLogger(__name__)

SETTLE = "shopflow.messaging.settle"
RUN_JOB = "shopflow.messaging.run_job"


def register(handlers: Mapping[str, Handlers], wake: Callable[[str, str], None]) -> None:
    """The tasks of this worker. `wake` is told the context and the name of a job that is due."""
    broker = Broker()
    sinks = {context: InlineSink({context: handlers[context]}) for context in settings.HOSTED}

    @app.task(name=DELIVER)  # type: ignore[untyped-decorator]
    def deliver(*, origin: str, consumer: str, lease: str, letters: Sequence[Mapping[str, Any]]) -> None:
        with _connections_in_order():
            failed = _deliver(sinks[consumer], letters)
        applied = [letter["event_id"] for letter in letters if letter["event_id"] not in failed]
        outcome = {"origin": origin, "consumer": consumer, "lease": lease, "applied": applied, "failed": failed}
        try:
            broker.send(SETTLE, queue=queues.outcomes(origin), **outcome)
        except BrokerAway:
            logger.warning("what became of %d events of %s could not be told: they come again", len(letters), origin)

    @app.task(name=SETTLE)  # type: ignore[untyped-decorator]
    def settle(
        *, origin: str, consumer: str, lease: str, applied: Sequence[str], failed: Mapping[str, Failure]
    ) -> None:
        lease_id = uuid.UUID(lease)
        try:
            with _connections_in_order():
                outcomes.settle(origin=origin, consumer=consumer, lease=lease_id, applied=applied, failed=failed)
        except PASSING:
            events = len(applied) + len(failed)
            logger.warning("what became of %d events of %s could not be noted: they come again", events, origin)

    @app.task(name=RUN_JOB, acks_late=False)  # type: ignore[untyped-decorator]
    def run_job(*, context: str, name: str) -> None:
        wake(context, name)


def _deliver(sink: InlineSink, letters: Sequence[Mapping[str, Any]]) -> dict[str, Failure]:
    envelopes = {letter["event_id"]: read(letter) for letter in letters}
    errors: dict[str, Exception] = {id: it for id, it in envelopes.items() if not isinstance(it, Envelope)}
    errors |= sink.deliver([envelope for envelope in envelopes.values() if isinstance(envelope, Envelope)])
    return {event_id: failure(error) for event_id, error in errors.items()}


@contextmanager
def _connections_in_order() -> Iterator[None]:
    """A thread of the pool keeps its connections from message to message, as a web server's does between requests."""
    close_old()
    try:
        yield
    finally:
        close_old()
