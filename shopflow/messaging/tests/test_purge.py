"""What was delivered and applied is forgotten when it is old; what was not delivered never is."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now

from shopflow.messaging import purge
from shopflow.messaging.models import InboxEntry, OutboxEvent
from shopflow.messaging.purge import purge_messages
from shopflow.messaging.tests.conftest import confirmed

pytestmark = pytest.mark.django_db(databases=["orders"])


def days_ago(days: float) -> Any:
    return Now() - timedelta(days=days)


def applied(days: float) -> None:
    InboxEntry.objects.using("orders").create(consumer="orders.x", event_id=uuid.uuid4(), received_at=days_ago(days))


def left() -> tuple[list[str], int]:
    outbox = OutboxEvent.objects.using("orders").order_by("id").values_list("aggregate_id", flat=True)
    return list(outbox), InboxEntry.objects.using("orders").count()


def test_what_is_older_than_the_retention_is_forgotten_in_batches(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RETENTION_DAYS = 10
    monkeypatch.setattr(purge, "AT_ONCE", 2)
    for order_id in range(5):
        confirmed(order_id, delivered_at=days_ago(10.1))
        applied(10.1)
    confirmed(5, delivered_at=days_ago(9.9))
    applied(9.9)
    assert purge_messages("orders") == 10
    assert left() == (["order:5"], 1)
    assert purge_messages("orders") == 0


def test_what_was_not_delivered_is_kept_however_old(settings: Any) -> None:
    settings.RETENTION_DAYS = 10
    confirmed(1, created_at=days_ago(400))
    confirmed(2, created_at=days_ago(400), dead_at=days_ago(399))
    assert purge_messages("orders") == 0
    assert left() == (["order:1", "order:2"], 0)
