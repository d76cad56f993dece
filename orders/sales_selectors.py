"""What was sold, as charts and tables show it: a few hundred rows, whatever the number of orders."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from orders.sales_models import BestSeller, CountedDay, SalesDay


@dataclass(frozen=True, slots=True)
class Sales:
    """Of one currency, a number for each of `days`. `revenue` in minor units, less what came back."""

    currency: str
    days: tuple[date, ...]
    orders: tuple[int, ...]
    revenue: tuple[int, ...]


def sales_by_currency(days: tuple[date, ...]) -> list[Sales]:
    """`days` in a row; the currency with the most orders first, and none that has sold nothing."""
    found: dict[str, dict[date, SalesDay]] = defaultdict(dict)
    for row in SalesDay.objects.filter(day__range=(days[0], days[-1])):
        found[row.currency][row.day] = row
    sales = [_of(currency, rows, days) for currency, rows in found.items()]
    return sorted(sales, key=lambda one: (-sum(one.orders), one.currency))


def best_sellers(*, days: int) -> dict[str, list[BestSeller]]:
    """By currency, the most sold first; `days` is one of `sales.PERIODS`."""
    found: dict[str, list[BestSeller]] = defaultdict(list)
    for row in BestSeller.objects.filter(days=days).order_by("currency", "rank"):
        found[row.currency].append(row)
    return dict(found)


def counted_at() -> datetime | None:
    """When the newest day was counted; None: never yet."""
    return CountedDay.objects.order_by("-day").values_list("counted_at", flat=True).first()


def _of(currency: str, rows: dict[date, SalesDay], days: tuple[date, ...]) -> Sales:
    found = [rows.get(day) for day in days]
    return Sales(
        currency=currency,
        days=days,
        orders=tuple(row.orders if row else 0 for row in found),
        revenue=tuple(row.revenue - row.refunded if row else 0 for row in found),
    )
