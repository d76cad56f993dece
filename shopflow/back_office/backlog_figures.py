"""What waits in the shop, from the partial indexes of what waits: however much there was, and however much there is."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import merge
from itertools import islice
from operator import attrgetter
from typing import Any, Final

from django.conf import settings
from django.db.models import Case, CharField, Exists, OuterRef, QuerySet, Value, When
from django.db.models.functions import Now

from contracts.inventory import ReservationState
from inventory.expiry import GRACE
from inventory.models import Reservation
from shopflow.messaging.backlog import MOST
from shopflow.messaging.models import OutboxEvent
from users.models import WAITING, Notification
from users.webhook_models import DeliveryStatus, WebhookDelivery

SHOWN: Final = 25


@dataclass(frozen=True, slots=True)
class Held:
    """Reservations: all that are held, those whose time is over, and those that should have been released by now."""

    held: int
    expired: int
    overdue: int


def oldest_waiting() -> list[OutboxEvent]:
    """Of all outboxes, oldest first, each with its `context` and with `why` it waits."""
    found = [_oldest(context) for context in settings.CONTEXTS]
    return list(islice(merge(*found, key=attrgetter("created_at")), SHOWN))


def _oldest(context: str) -> list[OutboxEvent]:
    waiting = OutboxEvent.objects.using(context).filter(delivered_at=None, dead_at=None)
    events = waiting.annotate(context=Value(context), why=_why()).order_by("id")[:SHOWN]
    return sorted(events, key=attrgetter("created_at"))


def _why() -> Case:
    earlier = OutboxEvent.objects.filter(
        aggregate_id=OuterRef("aggregate_id"), id__lt=OuterRef("id"), delivered_at=None
    )
    return Case(
        When(leased_until__gt=Now(), then=Value("is being delivered")),
        When(Exists(earlier.filter(dead_at__isnull=False)), then=Value("behind a dead letter")),
        When(Exists(earlier), then=Value("behind an earlier event")),
        When(available_at__gt=Now(), then=Value("failed, is tried again")),
        default=Value("due"),
        output_field=CharField(),
    )


def held() -> Held:
    reservations = Reservation.objects.filter(state=ReservationState.HELD)
    expired = reservations.filter(expires_at__lt=Now())
    return Held(
        held=counted(reservations),
        expired=counted(expired),
        overdue=counted(expired.filter(expires_at__lt=Now() - GRACE)),
    )


def longest_expired() -> list[Reservation]:
    """Whose time is over, and whose stock is not back."""
    expired = Reservation.objects.filter(state=ReservationState.HELD, expires_at__lt=Now())
    return list(expired.order_by("expires_at")[:SHOWN])


def waiting_emails() -> int:
    return counted(Notification.objects.filter(WAITING))


def failed_deliveries() -> int:
    """Webhooks that were given up."""
    return counted(WebhookDelivery.objects.filter(status=DeliveryStatus.FAILED))


def counted(rows: QuerySet[Any]) -> int:
    """Up to MOST, which stands for as many or more."""
    return rows.order_by()[:MOST].count()
