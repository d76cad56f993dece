"""How events travel.

An event is published inside the transaction (or by the statement) that makes it true, into the outbox of the context
that owns it. A relay hands it to its consumers afterwards: at least once, in order per aggregate; an inbox makes that
once in effect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar, cast

from opentelemetry.propagate import inject

from contracts.caller import current_caller
from contracts.events import Event

E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope(Generic[E]):
    """An event on its way: `headers` carry the request id and the trace context of what caused it."""

    event_id: str
    occurred_at: datetime
    headers: Mapping[str, str]
    event: E


def headers() -> dict[str, str]:
    """The request id and the trace context of what is under way, to travel with an event."""
    carrier: dict[str, str] = {}
    inject(carrier)
    if request_id := current_caller().request_id:
        carrier["request_id"] = request_id
    return carrier


Handler = Callable[[Envelope[Any]], None]
"""Reacts to one event inside a transaction of the consuming context's database, together with its inbox row."""
Handlers = Mapping[type[Event], Sequence[Handler]]
H = TypeVar("H", bound=Callable[..., None])


def alone(handler: H) -> H:
    """Its effect locks several rows: in one transaction with others it could deadlock, so it gets one of its own."""
    handler.alone = True  # type: ignore[attr-defined]
    return handler


def together(handler: Callable[[Sequence[Envelope[Any]]], None]) -> Handler:
    """It takes all the events of a transaction at once, after the other handlers: one statement for many events."""
    handler.together = True  # type: ignore[attr-defined]
    return cast("Handler", handler)


class Publisher(Protocol):
    def publish(self, event: Event, *, context: str) -> None: ...


_publisher: Publisher | None = None


def install(publisher: Publisher) -> None:
    global _publisher  # noqa: PLW0603 - set once, at start-up
    _publisher = publisher


def publish(event: Event, *, context: str) -> None:
    """Put the event into the outbox of `context`. Call it inside the transaction that makes the event true."""
    if _publisher is None:
        raise RuntimeError("no publisher: shopflow.wiring has not run")
    _publisher.publish(event, context=context)
