"""The stock in the back office: its ledger, and the pages on which people move it."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from contracts.back_office.pages import List, LookOnlyPage
from contracts.back_office.theme import display
from inventory.admin import ledger, lowstock, moves
from inventory.admin.stock_pages import ADJUST, LEDGER, PRODUCT, View, staff_page
from inventory.models import BY_HAND, MovementKind, Product, StockMovement
from inventory.reasons import in_words

PAGES: Final[tuple[tuple[str, View, str, str], ...]] = (
    ("find/", lowstock.find, LEDGER, "inventory_stock"),
    ("low/", lowstock.low, PRODUCT, "inventory_product_low_stock"),
    ("low/export/", lowstock.export, PRODUCT, "inventory_product_low_stock_export"),
    ("of/<int:product_id>/", ledger.page, LEDGER, "inventory_product_ledger"),
    ("of/<int:product_id>/adjust/", moves.adjust, ADJUST, "inventory_product_adjust"),
    ("of/<int:product_id>/receive/", moves.receive, ADJUST, "inventory_product_receive"),
)


KIND: Final = "kind"
ONE_KIND: Final = {kind: f"inventory_stockmovement.kind = '{kind}'" for kind in BY_HAND}
"""Texts of ours, and no parameters: with one, a plan would be made for any kind, by way of the whole ledger."""


class ByHand(admin.SimpleListFilter):
    """The kinds that people cause: they have an index, which sales never write to. It is in order of time."""

    title = "what people did"
    parameter_name = KIND

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind, str(MovementKind(kind).label)) for kind in BY_HAND]

    def queryset(self, request: HttpRequest, queryset: QuerySet[StockMovement]) -> QuerySet[StockMovement]:
        kind = self.value()
        if kind is None:
            return queryset
        return queryset.extra(where=[ONE_KIND[kind]]) if kind in ONE_KIND else queryset.none()  # noqa: S610


class Movements(List):
    """A page of the ledger that knows whose deeds are on it."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = [*self.result_list]
        names = ledger.names_of(self.result_list)
        for movement in self.result_list:
            movement.who = ledger.who(movement.actor_id, names)


@admin.register(StockMovement)
class StockMovementAdmin(LookOnlyPage):
    list_display = ("created_at", "product_link", "delta_shown", "kind", "why", "note", "reference", "who")
    list_display_links = ("created_at",)
    list_select_related = ("product",)
    list_filter = (ByHand,)
    search_fields = ("product__sku",)
    search_help_text = "A whole SKU."

    @display(description="product")
    def product_link(self, movement: StockMovement) -> str:
        url = reverse("admin:inventory_product_ledger", args=[movement.product_id])
        return format_html('<a class="text-link" href="{}">{}</a>', url, movement.product)

    @display(description="change")
    def delta_shown(self, movement: StockMovement) -> str:
        return f"{movement.delta:+d}"

    @display(description="reason")
    def why(self, movement: StockMovement) -> str:
        return in_words(movement.reason)

    @display(description="who")
    def who(self, movement: StockMovement) -> str:
        return getattr(movement, "who", "")

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("-created_at", "-id") if request.GET.get(KIND) else ("-id",)

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[List]:
        return Movements

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[StockMovement], search_term: str
    ) -> tuple[QuerySet[StockMovement], bool]:
        """By the products' index, then by that of their ledgers: never a look through either table."""
        if not (sku := search_term.strip()):
            return queryset, False
        meant = Product.objects.filter(sku__in={sku, sku.upper()}).values_list("id", flat=True)
        return queryset.filter(product_id__in=[*meant]), False

    def get_urls(self) -> list[URLPattern]:
        ours = [path(route, staff_page(view, right=right), name=name) for route, view, right, name in PAGES]
        return [*ours, *super().get_urls()]
