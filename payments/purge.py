"""What providers told us is forgotten once it is old: no provider sends it again after so long."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db.models.functions import Now

from payments.models import WebhookEvent

BATCH: Final = 1000


def purge_webhooks() -> int:
    """Delete those older than settings.RETENTION_DAYS, applied or not, in short transactions; returns how many."""
    old = WebhookEvent.objects.filter(received_at__lt=Now() - timedelta(days=settings.RETENTION_DAYS)).values("pk")
    purged = 0
    while deleted := WebhookEvent.objects.filter(pk__in=old[:BATCH]).delete()[0]:
        purged += deleted
    return purged
