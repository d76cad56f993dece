"""The day on which an order was placed, as a filter of the list: it reads the index of the orders by time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from orders.models import Order

SPANS: Final = {"today": (0, 1), "yesterday": (1, 1), "week": (6, 7), "month": (29, 30)}
"""How many days ago the first day was, and how many there are."""
NAMES: Final = [("today", "Today"), ("yesterday", "Yesterday"), ("week", "Last 7 days"), ("month", "Last 30 days")]


class DayFilter(SimpleListFilter):
    """One of the spans, or the date of one day: `?day=2026-11-21`."""

    title = "day"
    parameter_name = "day"
    template = "admin/orders/order/day_filter.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return NAMES

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        if not self.value():
            return queryset
        since, until = self._span()
        return queryset.filter(created_at__gte=since, created_at__lt=until)

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        yield from super().choices(changelist)
        chosen = self.value() or ""
        self.date = "" if chosen in SPANS else chosen
        kept = {**changelist.get_filters_params(), SEARCH_VAR: [changelist.query] if changelist.query else []}
        self.kept = [(name, one) for name, values in kept.items() if name != self.parameter_name for one in values]

    def _span(self) -> tuple[datetime, datetime]:
        chosen = self.value() or ""
        try:
            ago, days = SPANS.get(chosen, (0, 1))
            day = timezone.localdate() if chosen in SPANS else date.fromisoformat(chosen)
            first = day - timedelta(days=ago)
            return _midnight(first), _midnight(first + timedelta(days=days))
        except (ValueError, OverflowError):
            raise IncorrectLookupParameters from None


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))
