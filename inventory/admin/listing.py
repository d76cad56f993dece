"""How products are listed: columns, orders that have an index, links to what is often looked for."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from contracts.back_office.pages import List
from contracts.back_office.theme import display
from contracts.money import Money
from inventory.admin.glance import LEVELS, STATES, label, level_of, thumbnail
from inventory.models import Product, ProductStatus

QUICK: Final[tuple[tuple[str, dict[str, str]], ...]] = (
    ("All", {}),
    ("On sale", {"status": "active"}),
    ("Drafts", {"status": "draft"}),
    ("Archived", {"status": "archived"}),
    ("Low stock", {"level": "low"}),
    ("Sold out", {"level": "out"}),
)
NAMED: Final = 5


class ProductList(List):
    """In the order of an index, or of few: whatever column a URL names."""

    @staticmethod
    def can_sort(request: HttpRequest) -> bool:
        """What is on sale has indexes by price and by name, and what was searched for is little."""
        return request.GET.get("status") == ProductStatus.ACTIVE or bool(request.GET.get("q", "").strip())

    def get_results(self, request: HttpRequest) -> None:
        """Of a list that nothing narrows there is no whole to tell from, and none was counted."""
        super().get_results(request)
        if not self.query and not self.has_active_filters:
            self.full_result_count = self.result_count

    def get_ordering_field(self, field_name: Any) -> Any:
        field = super().get_ordering_field(field_name)
        return Lower("name") if field == "name" else field


class Columns:
    @display(description="Image")
    def picture(self, product: Product) -> SafeString:
        return thumbnail(product)

    @display(description="Price", ordering="price")
    def price_shown(self, product: Product) -> str:
        return str(Money(currency=product.currency, minor=product.price))

    @display(description="Stock")
    def stock_level(self, product: Product) -> str:
        level, stock = level_of(product), f"{product.stock:,}"
        return format_html("{} {}", stock, label(level, LEVELS[level])) if level else stock

    @display(description="Status")
    def state(self, product: Product) -> str:
        return label(product.status.value, STATES[product.status])


def quick_filters(request: HttpRequest) -> list[dict[str, Any]]:
    """One click to what is looked at daily, among what was searched for."""
    kept = {name: value for name in ("q", "category") if (value := request.GET.get(name))}
    chosen = {name: value for name in ("status", "level") if (value := request.GET.get(name))}
    return [
        {"title": title, "link": f"?{urlencode({**kept, **wanted})}", "current": wanted == chosen}
        for title, wanted in QUICK
    ]


def say_which_rows(admin: Any, request: HttpRequest, page: HttpResponse) -> None:
    """At the top of the page, since the row itself may be far down; and each form beside the row it belongs to."""
    cl = (page.context_data or {}).get("cl") if isinstance(page, TemplateResponse) else None
    formset = getattr(cl, "formset", None)
    if cl is None or formset is None or not formset.is_bound:
        return
    cl.result_list = [form.instance for form in formset.forms]
    wrong = [(number, form) for number, form in enumerate(formset.forms, start=1) if form.errors]
    for number, form in wrong[:NAMED]:
        said = "; ".join(f"{_label(form, name)}{' '.join(errors)}" for name, errors in form.errors.items())
        admin.message_user(request, f"Row {number}, {form.instance}: {said}", messages.ERROR)
    if wrong:
        admin.message_user(request, f"Nothing was saved: {len(wrong)} rows to correct.", messages.WARNING)


def _label(form: Any, name: str) -> str:
    return f"{form.fields[name].label or name.capitalize()}: " if name in form.fields else ""
