"""What was sold, counted for the charts: the last days each minute, older ones when something of them comes back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from time import monotonic
from typing import Any, Final

from django.conf import settings
from django.db import connections, transaction
from django.utils.timezone import get_default_timezone

from orders import sales_sql

ALIAS: Final = "orders"
RECENT: Final = 3
"""Days, today included, whose orders may still be pending: each is paid for or cancelled within two (`recovery.py`)."""
PERIODS: Final = (30, 90)
"""Days, today included, over which products are ranked."""
RANKS: Final = 10
SECONDS: Final = 20.0
"""For the days of a long past in one run; what is left waits for the next."""


def count_sales() -> int:
    """Count what may have changed; returns how many days. Two processes at once do the same work, with one effect."""
    now = _now()
    today = _day_of(now)
    changed = _days(sales_sql.CHANGED_DAYS)
    for day in changed:  # before today: see the statement
        count_day(day, at=now)
    counted, until = set(changed), monotonic() + SECONDS
    for day in _days(sales_sql.UNSETTLED_DAYS, today=today, recent=RECENT):
        if monotonic() >= until:
            break
        count_day(day, at=now)
        counted.add(day)
    rank_products(today)
    return len(counted)


def rebuild_sales() -> Iterator[date]:
    """Count every day that has orders or was ever counted, whatever it is said to be; gives each when it is done."""
    now = _now()
    (first,) = _row(
        """
        SELECT least((SELECT (min(created_at) AT TIME ZONE %(zone)s::text)::date FROM orders_order),
                     (SELECT min(day) FROM orders_countedday))
        """
    )
    today = _day_of(now)
    day = first or today
    while day <= today:
        count_day(day, at=now)
        yield day
        day += timedelta(days=1)
    rank_products(today)


def count_day(day: date, *, at: datetime) -> None:
    """`at` is no later than now: what happens after it makes the day be counted again."""
    zone = get_default_timezone()
    since, until = (datetime.combine(begun, datetime.min.time(), zone) for begun in (day, day + timedelta(days=1)))
    with transaction.atomic(using=ALIAS), connections[ALIAS].cursor() as cursor:
        cursor.execute(sales_sql.CLAIM_DAY, {"day": day, "at": at, "since": since, "until": until})
        cursor.execute(sales_sql.COUNT_DAY, {"day": day, "since": since, "until": until})


def rank_products(today: date) -> None:
    for days in PERIODS:
        since = today - timedelta(days=days - 1)
        with connections[ALIAS].cursor() as cursor:
            cursor.execute(sales_sql.RANK, {"days": days, "since": since, "ranks": RANKS})


def _now() -> datetime:
    """The database's, which is the orders'."""
    now: datetime = _row("SELECT statement_timestamp()")[0]
    return now


def _day_of(moment: datetime) -> date:
    return moment.astimezone(get_default_timezone()).date()


def _days(statement: str, **parameters: Any) -> list[date]:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(statement, {"zone": settings.TIME_ZONE, **parameters})
        return [day for (day,) in cursor.fetchall()]


def _row(statement: str) -> tuple[Any, ...]:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(statement, {"zone": settings.TIME_ZONE})
        row: tuple[Any, ...] = cursor.fetchone()
        return row
