"""What is to be sent: put in with its event, claimed by one sender at a time, settled once."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parseaddr
from typing import Any, Final, NamedTuple

from django.conf import settings
from django.db import connections
from django.db.models import QuerySet
from django.db.models.functions import Now

from users.models import Notification, NotificationKind, NotificationStatus
from users.notifications import sql

BATCH: Final = 25
"""So many at most each time: beside the requests of its process, a sender should not be noticed."""
LEASE_SECONDS: Final = 120.0
"""How long an e-mail stays with a sender that has died."""
PATIENCE: Final = timedelta(days=1)
"""An e-mail that fails when it is older is given up."""
FIRST_RETRY_SECONDS: Final = 5.0
LONGEST_RETRY_SECONDS: Final = 3600.0


class News(NamedTuple):
    """What a customer is to be told; `data` is what the order itself does not say."""

    kind: NotificationKind
    event_id: str
    order_id: int
    user_id: int
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Claimed:
    """One that is ours to send. `attempt` is our claim; `last`: if it fails now, it is to be given up."""

    id: int
    attempt: int
    user_id: int
    order_id: int
    kind: NotificationKind
    data: Mapping[str, Any]
    message_id: str
    last: bool


def enqueue(news: Sequence[News]) -> None:
    """In the transaction that proves the events' arrival. The Message-IDs are made here, once for all attempts."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    with connections["users"].cursor() as cursor:
        cursor.execute(sql.ENQUEUE, {"news": json.dumps([one._asdict() for one in news]), "domain": domain})


def claim(limit: int = BATCH) -> list[Claimed]:
    parameters = {"lease_seconds": LEASE_SECONDS, "patience_seconds": PATIENCE.total_seconds(), "limit": limit}
    with connections["users"].cursor() as cursor:
        cursor.execute(sql.CLAIM, parameters)
        return [_claimed(row) for row in sorted(cursor.fetchall())]


def _claimed(row: tuple[Any, ...]) -> Claimed:
    id, attempt, user_id, order_id, kind, data, message_id, last = row
    return Claimed(id, attempt, user_id, order_id, NotificationKind(kind), json.loads(data), message_id, last)


def mark_sent(claimed: Claimed) -> None:
    _settle(claimed, NotificationStatus.SENT)


def give_up(claimed: Claimed, reason: str) -> None:
    _settle(claimed, NotificationStatus.GIVEN_UP, error=reason)


def mark_failed(claimed: Claimed, reason: str) -> None:
    """To be tried again. `reason` has nobody's name or address in it."""
    _settle(claimed, NotificationStatus.FAILED, error=reason, pause=retry_seconds(claimed.attempt))


def revive(notifications: QuerySet[Notification]) -> int:
    """Those of them that were given up are due once more; returns how many."""
    given_up = notifications.order_by().filter(status=NotificationStatus.GIVEN_UP)
    return given_up.update(status=NotificationStatus.QUEUED, available_at=Now())


def retry_seconds(attempt: int) -> float:
    doubled = FIRST_RETRY_SECONDS * 2 ** min(attempt - 1, 16)
    return float(min(LONGEST_RETRY_SECONDS, doubled) * random.uniform(0.5, 1.5))  # noqa: S311


def _settle(claimed: Claimed, status: NotificationStatus, *, error: str = "", pause: float = 0.0) -> None:
    """Nothing, if another sender has claimed it since: our lease had ended."""
    ours = {"id": claimed.id, "attempt": claimed.attempt}
    with connections["users"].cursor() as cursor:
        cursor.execute(sql.SETTLE, {**ours, "status": status.value, "error": error, "pause_seconds": pause})
