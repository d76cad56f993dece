"""The invariants of e-mails: what became of an order has one, and none waits for ever."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db import connections

from shopflow.invariants.base import Invariant, Reading, by_sql, side_by_side

SINCE: Final = """
SELECT greatest(applied, statement_timestamp() - make_interval(days => %(days)s, hours => -1))::text
FROM django_migrations WHERE app = 'users' AND name = '0002_notification'
"""
"""From then on each event has its e-mail: earlier there were none, or they are purged. An hour is left for clocks."""

TOLD: Final = """
SELECT event_id::text, type FROM messaging_outboxevent
WHERE type IN ('order.confirmed', 'order.cancelled', 'order.refunded', 'order.shipped')
  AND delivered_at IS NOT NULL AND created_at > '{since}'
ORDER BY event_id
"""

NOTIFIED: Final = """
SELECT event_id::text, array_agg(kind) FROM users_notification GROUP BY event_id ORDER BY event_id
"""


def read() -> Reading:
    with connections["users"].cursor() as cursor:
        cursor.execute(SINCE, {"days": settings.RETENTION_DAYS})
        (since,) = cursor.fetchone()
    checked = 0
    breaches: set[str] = set()
    for event_id, found in side_by_side({"orders": TOLD.format(since=since), "users": NOTIFIED}):
        if "orders" in found:
            checked += 1
            (kind,) = found["orders"]
            if found.get("users") != ([kind],):
                breaches.add(f"{kind} {event_id}")
    return Reading(checked, frozenset(breaches))


INVARIANTS = [
    Invariant("an order that was confirmed, cancelled, refunded or shipped has its e-mail, once", read),
    Invariant(
        "no e-mail waits longer than the day for which it is tried",
        by_sql(
            "users",
            count="SELECT count(*) FROM users_notification",
            breaches="""
                SELECT kind || ' ' || event_id FROM users_notification
                WHERE status IN ('failed', 'queued', 'sending')
                  AND created_at < statement_timestamp() - interval '28 hours'
            """,
        ),
    ),
]
