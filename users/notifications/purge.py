"""The log of what was sent ends: what is older than `RETENTION_DAYS` goes."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db.models.functions import Now

from users.models import Notification, NotificationStatus

BATCH: Final = 1000
ENDED: Final = (NotificationStatus.SENT, NotificationStatus.GIVEN_UP)


def purge_notifications() -> int:
    """Delete what has ended and is old enough, in short transactions; returns how many."""
    old = Notification.objects.filter(
        created_at__lt=Now() - timedelta(days=settings.RETENTION_DAYS), status__in=ENDED
    ).values("pk")
    purged = 0
    while deleted := Notification.objects.filter(pk__in=old[:BATCH]).delete()[0]:
        purged += deleted
    return purged
