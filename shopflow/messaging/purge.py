"""Events that were delivered, and proofs of effects, are forgotten once they are old."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db import connections

AT_ONCE: Final = 1000

OUTBOX: Final = """
DELETE FROM messaging_outboxevent WHERE id IN (
    SELECT id FROM messaging_outboxevent
    WHERE delivered_at < statement_timestamp() - make_interval(days => %(days)s::int)
    ORDER BY delivered_at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
"""
INBOX: Final = """
DELETE FROM messaging_inboxentry WHERE id IN (
    SELECT id FROM messaging_inboxentry
    WHERE received_at < statement_timestamp() - make_interval(days => %(days)s::int)
    ORDER BY received_at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
"""


def purge_messages(context: str) -> int:
    """Delete what is older than settings.RETENTION_DAYS, a few rows at a time; returns how many there were.

    What was not delivered stays, however old.
    """
    return sum(_purge(context, statement) for statement in (OUTBOX, INBOX))


def _purge(context: str, statement: str) -> int:
    purged = 0
    while count := _delete(context, statement):
        purged += count
    return purged


def _delete(context: str, statement: str) -> int:
    with connections[context].cursor() as cursor:
        cursor.execute(statement, {"days": settings.RETENTION_DAYS, "limit": AT_ONCE})
        return int(cursor.rowcount)
