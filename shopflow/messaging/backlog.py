"""What waits in an outbox: counted no further than anybody wants to know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connections

MOST: Final = 1000
COUNT: Final = """
SELECT (SELECT count(*) FROM (
            SELECT FROM messaging_outboxevent WHERE delivered_at IS NULL AND dead_at IS NULL LIMIT %(most)s::int
        ) AS waiting),
       (SELECT created_at FROM messaging_outboxevent
        WHERE delivered_at IS NULL AND dead_at IS NULL ORDER BY id LIMIT 1),
       (SELECT count(*) FROM (
            SELECT FROM messaging_outboxevent WHERE dead_at IS NOT NULL LIMIT %(most)s::int
        ) AS dead),
       (SELECT count(*) FILTER (WHERE leased_until > statement_timestamp()) FROM (
            SELECT leased_until FROM messaging_outboxevent
            WHERE delivered_at IS NULL AND dead_at IS NULL ORDER BY id LIMIT %(most)s::int
        ) AS oldest)
"""


@dataclass(frozen=True, slots=True)
class Backlog:
    """`MOST` stands for as many or more. `oldest` of those that wait; `leased`: of these a relay has so many now."""

    context: str
    waiting: int
    oldest: datetime | None
    dead: int
    leased: int


def backlog_of(context: str) -> Backlog:
    with connections[context].cursor() as cursor:
        cursor.execute(COUNT, {"most": MOST})
        return Backlog(context, *cursor.fetchone())
