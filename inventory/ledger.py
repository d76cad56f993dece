"""Reading the ledger: one product's timeline, its stock at any moment and day by day; what is low."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from django.db import connections

from inventory import ledger_sql
from inventory.models import Product

ALIAS: Final = "inventory"
NEWEST: Final = 2**63 - 1
AT_ONCE: Final = 2000
"""Rows of an export that are in memory at a time."""


class Movement(NamedTuple):
    """A line of the ledger, and what was there after it."""

    id: int
    created_at: datetime
    delta: int
    kind: str
    reason: str
    note: str
    reference: str
    actor_id: int | None
    balance: int


class StockThen(NamedTuple):
    """What was there after the movement `id`."""

    id: int
    since: datetime
    stock: int


class Day(NamedTuple):
    day: date
    stock: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """Newest first; `older` is the `before` of the next page, if there is one."""

    movements: list[Movement]
    older: int | None


def timeline(*, product_id: int, before: int = NEWEST, limit: int) -> Timeline:
    rows = _rows(ledger_sql.PAGE, product_id=product_id, before=before, limit=limit + 1)
    movements = [Movement(*row) for row in rows[:limit]]
    return Timeline(movements, older=movements[-1].id if len(rows) > limit else None)


def stock_as_of(*, product_id: int, moment: datetime) -> StockThen | None:
    """None: nothing had moved yet."""
    rows = _rows(ledger_sql.AS_OF, product_id=product_id, moment=moment)
    return StockThen(*rows[0]) if rows else None


def stock_by_day(*, product_id: int, days: int) -> list[Day]:
    """Of the last `days`, oldest first, from the day on which the product was made."""
    return [Day(*row) for row in _rows(ledger_sql.BY_DAY, product_id=product_id, days=days)]


def low_products(*, after: int = 0, limit: int) -> list[Product]:
    """Those on sale at or under their threshold, in order of id, from the one after `after`."""
    return list(Product.objects.filter(active=True, is_low=True, id__gt=after).order_by("id")[:limit])


def all_low_products() -> Iterator[Product]:
    after = 0
    while page := low_products(after=after, limit=AT_ONCE):
        yield from page
        after = page[-1].pk


def _rows(statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
