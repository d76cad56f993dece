from __future__ import annotations

from collections.abc import Iterator

import pytest

from shopflow import wiring
from shopflow.invariants.base import check
from shopflow.invariants.every import EVERY
from shopflow.messaging.inbox import InlineSink
from shopflow.messaging.models import OutboxEvent
from shopflow.messaging.relay import relay_once

CONTEXTS = ["users", "inventory", "orders", "payments"]


def deliver_everything() -> None:
    """As the relay does, until nothing waits."""
    sink = InlineSink(wiring.HANDLERS)
    while sum(relay_once(context, sink) for context in CONTEXTS):
        pass
    for context in CONTEXTS:
        left = OutboxEvent.objects.using(context).filter(delivered_at=None)
        assert not left.exists(), [(event.type, event.last_error) for event in left]


def broken_invariants() -> dict[str, frozenset[str]]:
    """What `manage.py verify_shop` would complain of."""
    found = {invariant.says: check(invariant, pauses=()).breaches for invariant in EVERY}
    return {says: breaches for says, breaches in found.items() if breaches}


@pytest.fixture
def _ends_sound() -> Iterator[None]:
    """Whatever happened: once the events have arrived, every invariant of the shop holds."""
    yield
    deliver_everything()
    assert broken_invariants() == {}
