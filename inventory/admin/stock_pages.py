"""What the stock's pages have in common: who may open them, and the frame around them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse

from inventory.admin.glance import level_of
from inventory.models import Product

View = Callable[..., HttpResponseBase]

ADJUST: Final = "inventory.adjust_stock"
LEDGER: Final = "inventory.view_stockmovement"
PRODUCT: Final = "inventory.view_product"
MOST_DIGITS: Final = 19
"""Of 2**63 - 1: with fewer, a number is an id."""


def staff_page(view: View, *, right: str) -> View:
    """For staff who have the right; nobody else gets as far as the view, whatever the method."""

    def guarded(request: HttpRequest, **arguments: Any) -> HttpResponseBase:
        if not request.user.has_perm(right):
            raise PermissionDenied
        return view(request, **arguments)

    return admin.site.admin_view(guarded)


def key_in(text: str) -> int | None:
    """An id that a page goes on from, as its address has it; None where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < MOST_DIGITS else None


def shown(request: HttpRequest, template: str, *, title: str, **context: Any) -> HttpResponse:
    rights = {"adjust": ADJUST, "ledger": LEDGER, "product": PRODUCT}
    may = {name: request.user.has_perm(right) for name, right in rights.items()}
    frame = {**admin.site.each_context(request), "title": title, "may": may}
    return TemplateResponse(request, f"admin/inventory/stock/{template}", {**frame, **context})


def state_of(product: Product) -> str:
    """What of its state matters to whoever counts it; empty for what is simply on sale."""
    return level_of(product).capitalize() if product.active else str(product.status.label)
