"""`manage.py replay_dead_letters`."""

from __future__ import annotations

import uuid
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db.models.functions import Now

from shopflow.messaging.models import OutboxEvent
from shopflow.messaging.tests.conftest import confirmed

pytestmark = pytest.mark.django_db(databases=settings.CONTEXTS)


def replay(*options: str) -> list[str]:
    out = StringIO()
    call_command("replay_dead_letters", *options, stdout=out)
    return out.getvalue().splitlines()


def dead(order_id: int) -> OutboxEvent:
    return confirmed(order_id, dead_at=Now(), failures=8, attempts=20, last_error="ValueError: no")


def waiting() -> list[tuple[str, int, int]]:
    alive = OutboxEvent.objects.using("orders").filter(dead_at=None).order_by("id")
    return list(alive.values_list("aggregate_id", "failures", "attempts"))


def test_it_replays_every_dead_letter_and_says_which() -> None:
    first, second = dead(1), dead(2)
    assert replay() == [
        f"orders  order.confirmed  order:1  {first.event_id}  ValueError: no",
        f"orders  order.confirmed  order:2  {second.event_id}  ValueError: no",
        "Replayed 2.",
    ]
    assert waiting() == [("order:1", 0, 0), ("order:2", 0, 0)]
    assert replay() == ["Replayed 0."]


def test_it_replays_one_alone() -> None:
    dead(1)
    second = dead(2)
    assert replay("--context", "orders", "--event-id", str(second.event_id))[-1] == "Replayed 1."
    assert waiting() == [("order:2", 0, 0)]


def test_it_says_that_there_is_no_such_dead_letter() -> None:
    with pytest.raises(CommandError, match="no dead letter"):
        replay("--event-id", str(uuid.uuid4()))
    dead(1)
    assert replay("--context", "users") == ["Replayed 0."]
