"""A product at a glance: its state, its picture, its stock and where that is changed."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    from inventory.models import Product

STATES: Final = {"draft": "info", "active": "success", "archived": ""}
LEVELS: Final = {"low": "warning", "sold out": "danger"}
"""Their colours; the words say the same."""
STOCK_PAGES: Final = (
    ("Adjust stock", "admin:inventory_product_adjust", "inventory.adjust_stock"),
    ("Receive delivery", "admin:inventory_product_receive", "inventory.adjust_stock"),
    ("Stock ledger", "admin:inventory_product_ledger", "inventory.view_stockmovement"),
)


def level_of(product: Product) -> str:
    """`sold out`, `low`, or nothing to be said."""
    if product.active and product.stock == 0:
        return "sold out"
    return "low" if product.active and product.is_low else ""


def glance(request: HttpRequest, product: Product) -> dict[str, Any]:
    status, level = product.status.value, level_of(product)
    return {
        "status": status,
        "status_type": STATES[status],
        "level": level,
        "level_type": LEVELS.get(level),
        "stock": f"{product.stock:,}",
        "image": picture_of(product),
        "pages": _stock_pages(request, product),
    }


@cache
def label(text: str, colour: str) -> SafeString:
    """One of few, on each row of a list: rendered once."""
    return render_to_string("unfold/helpers/label.html", {"text": text, "type": colour})


def picture_of(product: Product) -> str:
    return product.image_url if product.image_url.startswith("https://") else ""


def thumbnail(product: Product) -> SafeString:
    """Its server learns nothing of this page."""
    if not picture_of(product):
        return format_html("{}", "")
    return format_html(
        '<img src="{}" alt="" width="32" height="32" loading="lazy" referrerpolicy="no-referrer"'
        ' class="rounded-default object-cover">',
        product.image_url,
    )


def _stock_pages(request: HttpRequest, product: Product) -> list[dict[str, str]]:
    """For whoever may."""
    allowed = [(title, name) for title, name, right in STOCK_PAGES if request.user.has_perm(right)]
    links = [{"title": title, "link": _link(name, product)} for title, name in allowed]
    return [link for link in links if link["link"]]


def _link(name: str, product: Product) -> str:
    try:
        return reverse(name, args=[product.pk])
    except NoReverseMatch:
        return ""
