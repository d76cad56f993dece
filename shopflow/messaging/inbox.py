"""Hands events to the handlers of this process: each applied once, with the proof of it in the same transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connections, transaction
from opentelemetry.context import attach, detach
from opentelemetry.propagate import extract

from contracts.caller import Caller, calling_as
from contracts.messaging import Envelope, Handler, Handlers
from shopflow.messaging import relay_sql
from shopflow.messaging.relay import PASSING
from shopflow.observability.metrics import observe_event


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one consumer: `context` names the database of the effect."""

    context: str
    handler: Handler
    envelope: Envelope[Any]

    @property
    def consumer(self) -> str:
        return f"{self.context}.{self.handler.__name__}"

    @property
    def transaction(self) -> tuple[str, ...]:
        """Deliveries of which this is the same are applied in one transaction."""
        own = getattr(self.handler, "alone", False)
        return (self.consumer, self.envelope.event_id) if own else (self.context,)


class InlineSink:
    """Runs the handlers in this process; no broker."""

    def __init__(self, handlers: Mapping[str, Handlers]) -> None:
        self._handlers = handlers

    def deliver(self, envelopes: Sequence[Envelope[Any]]) -> dict[str, Exception]:
        """Deliver to every consumer; returns the failures by event id."""
        transactions: dict[tuple[str, ...], list[Delivery]] = defaultdict(list)
        for delivery in self._deliveries(envelopes):
            transactions[delivery.transaction].append(delivery)
        failures: dict[str, Exception] = {}
        away: dict[str, Exception] = {}
        for deliveries in transactions.values():
            context = deliveries[0].context
            failed = _all_failed(deliveries, away[context]) if context in away else _apply_all(deliveries)
            if outage := next((error for error in failed.values() if isinstance(error, PASSING)), None):
                away[context] = outage
            failures |= failed
        return failures

    def _deliveries(self, envelopes: Iterable[Envelope[Any]]) -> Iterable[Delivery]:
        for envelope in envelopes:
            for context, handlers in self._handlers.items():
                for handler in handlers.get(type(envelope.event), ()):
                    yield Delivery(context, handler, envelope)


def _apply_all(deliveries: Sequence[Delivery]) -> dict[str, Exception]:
    """All in one transaction, which is what a healthy day needs; if one fails, each on its own."""
    try:
        _apply(deliveries)
    except Exception as error:  # noqa: BLE001 - reported to the relay, which retries or parks it
        if len(deliveries) == 1 or isinstance(error, PASSING):  # an outage would meet each of them alone as well
            return _all_failed(deliveries, error)
        failures: dict[str, Exception] = {}
        for delivery in deliveries:
            failures |= _apply_all([delivery])
        return failures
    return {}


def _all_failed(deliveries: Sequence[Delivery], error: Exception) -> dict[str, Exception]:
    return {delivery.envelope.event_id: error for delivery in deliveries}


def _apply(deliveries: Sequence[Delivery]) -> None:
    context = deliveries[0].context
    with transaction.atomic(using=context):
        fresh = _enter_inbox(context, deliveries)
        gathered: dict[Any, list[Envelope[Any]]] = defaultdict(list)
        for delivery in deliveries:
            if (delivery.consumer, delivery.envelope.event_id) not in fresh:
                continue
            if getattr(delivery.handler, "together", False):
                gathered[delivery.handler].append(delivery.envelope)
                continue
            with _on_behalf_of(delivery.envelope.headers):
                delivery.handler(delivery.envelope)
        for handler, envelopes in gathered.items():
            handler(envelopes)
    for delivery in deliveries:
        if (delivery.consumer, delivery.envelope.event_id) in fresh:
            observe_event(delivery.consumer, delivery.envelope.occurred_at)


@contextmanager
def _on_behalf_of(headers: Mapping[str, str]) -> Iterator[None]:
    """The request that caused the event, and its trace."""
    token = attach(extract(headers))
    try:
        with calling_as(Caller(service="relay", request_id=headers.get("request_id"))):
            yield
    finally:
        detach(token)


def _enter_inbox(context: str, deliveries: Sequence[Delivery]) -> set[tuple[str, str]]:
    """Claim the effects: those that were applied before are left out."""
    with connections[context].cursor() as cursor:
        cursor.execute(
            relay_sql.ENTER_INBOX,
            {
                "consumers": [delivery.consumer for delivery in deliveries],
                "event_ids": [delivery.envelope.event_id for delivery in deliveries],
            },
        )
        return {(consumer, str(event_id)) for consumer, event_id in cursor.fetchall()}
