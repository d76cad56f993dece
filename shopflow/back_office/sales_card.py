"""The dashboard's charts of what was sold: one card for each currency, as sums of several would mean nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from contracts.money import MINOR_UNITS
from orders.sales_models import BestSeller
from orders.sales_selectors import Sales, sales_by_currency

TICKS: Final = 8
"""Dates under a chart: as many as a telephone has room for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    title: str
    value: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """`data` as the theme's script takes it; `says` is what it shows, for who cannot see it."""

    title: str
    kind: str
    data: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesCard:
    currency: str
    figures: tuple[Figure, ...]
    charts: tuple[Chart, ...]
    rows: tuple[tuple[date, int, str], ...]
    """The newest day first: its orders, and its revenue."""


def sales_cards(*, today: date, days: int) -> list[SalesCard]:
    """Of the last `days` days, beside as many before them."""
    every = tuple(today - timedelta(days=ago) for ago in reversed(range(2 * days)))
    return [_card(sales, days) for sales in sales_by_currency(every) if any(sales.orders[days:])]


def money(minor: int, currency: str) -> str:
    return f"{minor / MINOR_UNITS:,.2f} {currency}"


def share(row: BestSeller, best: Sequence[BestSeller]) -> int:
    """Percent of what the first of them sold."""
    return 100 * row.quantity // max(best[0].quantity, 1)


def _card(sales: Sales, days: int) -> SalesCard:
    shown, orders, revenue = sales.days[days:], sales.orders[days:], sales.revenue[days:]
    labels = [f"{day:%-d %b}" for day in shown]
    amounts = [minor / MINOR_UNITS for minor in revenue]
    busiest = max(zip(orders, shown, strict=True), key=lambda one: one[0])
    earning = max(zip(revenue, shown, strict=True), key=lambda one: one[0])
    return SalesCard(
        currency=sales.currency,
        figures=_figures(sales, days),
        charts=(
            Chart(
                title=f"Orders per day, {sales.currency}",
                kind="bar",
                data=_data("Orders", labels, orders),
                says=f"{sum(orders):,} orders in {days} days; most on {busiest[1]:%-d %B}: {busiest[0]:,}",
            ),
            Chart(
                title=f"Revenue per day, {sales.currency}",
                kind="line",
                data=_data(sales.currency, labels, amounts),
                says=f"{money(sum(revenue), sales.currency)} in {days} days; "
                f"most on {earning[1]:%-d %B}: {money(earning[0], sales.currency)}",
            ),
        ),
        rows=tuple(
            (day, count, money(minor, sales.currency))
            for day, count, minor in reversed(list(zip(shown, orders, revenue, strict=True)))
        ),
    )


def _figures(sales: Sales, days: int) -> tuple[Figure, ...]:
    orders, before = sum(sales.orders[days:]), sum(sales.orders[:days])
    revenue, revenue_before = sum(sales.revenue[days:]), sum(sales.revenue[:days])
    return (
        Figure(title="Orders", value=f"{orders:,}", note=_change(orders, before, days)),
        Figure(title="Revenue", value=money(revenue, sales.currency), note=_change(revenue, revenue_before, days)),
        Figure(
            title="Average order",
            value=money(revenue // orders, sales.currency),
            note=f"{money(sales.revenue[-1], sales.currency)} from {sales.orders[-1]:,} orders today",
        ),
    )


def _change(now: int, before: int, days: int) -> str:
    if before <= 0:
        return f"none in the {days} days before"
    return f"{100 * (now - before) / before:+.0f} % against the {days} days before"


def _data(label: str, labels: Sequence[str], values: Sequence[float]) -> str:
    colour = "var(--color-primary-600)"
    line = {
        "label": label,
        "data": list(values),
        "borderColor": colour,
        "backgroundColor": colour,
        "displayYAxis": True,
        "maxTicksXLimit": TICKS,
    }
    return json.dumps({"labels": list(labels), "datasets": [line]})
