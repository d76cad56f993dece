"""The first page: what was sold, what runs out, what waits. All of it is read from what jobs and indexes have ready."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from inventory.models import Product, Reservation
from orders.sales import PERIODS
from orders.sales_selectors import best_sellers, counted_at
from shopflow.back_office.sales_card import money, sales_cards, share
from shopflow.messaging.backlog import MOST, backlog_of

LOW_SHOWN: Final = 8
LOW_READ: Final = 200
"""Of those the emptiest are shown: who has more is helped by the list."""


def context(request: HttpRequest) -> dict[str, Any]:
    """Each card is there only for who may see what is on it."""
    may = request.user.has_perm
    cards = {
        "sales": _sales(request) if may("orders.view_order") else None,
        "low": _low_stock() if may("inventory.view_product") else None,
        "backlog": _backlog() if may("back_office.view_backlog") else None,
    }
    return {
        **cards,
        "nothing": not any(cards.values()),
        "products_url": reverse("admin:inventory_product_changelist") if may("inventory.view_product") else "",
        "time_zone": settings.TIME_ZONE,
    }


def _sales(request: HttpRequest) -> dict[str, Any]:
    asked = request.GET.get("days")
    days = next((period for period in PERIODS if str(period) == asked), PERIODS[0])
    return {
        "days": days,
        "periods": PERIODS,
        "cards": sales_cards(today=timezone.localdate(), days=days),
        "counted_at": counted_at(),
        "best": [
            (currency, [(row, money(row.revenue, currency), share(row, rows)) for row in rows])
            for currency, rows in best_sellers(days=days).items()
        ],
    }


def _low_stock() -> dict[str, Any]:
    low = list(
        Product.objects.filter(active=True, is_low=True)
        .only("sku", "name", "stock", "low_stock_at")
        .order_by("id")[:LOW_READ]
    )
    emptiest = sorted(low, key=_left)
    return {
        "count": f"{LOW_READ} or more" if len(low) == LOW_READ else str(len(low)),
        "products": [(product, _left(product)) for product in emptiest[:LOW_SHOWN]],
        "url": reverse("admin:inventory_product_low_stock"),
    }


def _left(product: Product) -> int:
    """Percent of the threshold."""
    return 100 * product.stock // max(product.low_stock_at or 0, 1)


def _backlog() -> dict[str, Any]:
    overdue = Reservation.objects.filter(state="held", expires_at__lt=timezone.now())[:MOST].count()
    return {
        "outboxes": [backlog_of(context) for context in settings.HOSTED],
        "overdue": overdue,
        "most": MOST,
        "url": reverse("admin:backlog"),
    }
