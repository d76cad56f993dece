from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now

from payments import purge
from payments.models import WebhookEvent

pytestmark = pytest.mark.django_db(databases=["payments"])


def test_what_providers_told_is_forgotten_once_it_is_old(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purge, "BATCH", 2)
    ages = [settings.RETENTION_DAYS - 1, *[settings.RETENTION_DAYS + 1] * 5]
    for number, days in enumerate(ages):
        event = WebhookEvent.objects.create(provider="stripe", event_id=f"evt_{number}", kind="x", reference="pi_1")
        WebhookEvent.objects.filter(pk=event.pk).update(
            received_at=Now() - timedelta(days=days), applied_at=Now() if number % 2 else None
        )
    assert purge.purge_webhooks() == 5
    assert [*WebhookEvent.objects.values_list("event_id", flat=True)] == ["evt_0"]
