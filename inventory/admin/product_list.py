"""The list of products: prices in place, a search that forgives, and no filter or order without an index."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin
from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, F, Func, QuerySet, Value
from django.http import HttpRequest, HttpResponse

from contracts.back_office.pages import Page
from contracts.inventory import ProductNotFound
from inventory import selectors
from inventory.admin.deeds import ARCHIVE, DUPLICATE, PUBLISH, perform_all
from inventory.admin.exports import links
from inventory.admin.filters import CategoryFilter, LevelFilter, StatusFilter, wanted
from inventory.admin.listing import Columns, ProductList, quick_filters, say_which_rows
from inventory.admin.price_forms import PriceForm, PriceForms
from inventory.errors import ProductChanged
from inventory.import_models import ImportKind
from inventory.models import Product

FOUND: Final = 100
LONGEST_SEARCH: Final = 200


class ProductsPage(Columns, Page):
    list_display = ("picture", "sku", "name", "category", "price", "currency", "stock_level", "state", "updated_at")
    list_display_links = ("sku", "name")
    list_editable = ("price",)
    list_filter = (StatusFilter, CategoryFilter, LevelFilter)
    list_filter_submit = True
    search_fields = ("sku",)
    search_help_text = (
        f"Words, a SKU, or a name as you remember it: typing errors are forgiven. The best {FOUND} are shown."
    )
    ordering = ("-id",)
    actions = ("publish_chosen", "archive_chosen", "duplicate_chosen")

    def get_list_display(self, request: HttpRequest) -> Any:
        """Whoever may not change a price sees it as it is written, not as it is stored."""
        editable = self.has_change_permission(request)
        return [column if editable or column != "price" else "price_shown" for column in self.list_display]

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ProductList]:
        return ProductList

    def get_sortable_by(self, request: HttpRequest) -> Any:
        return ("price", "price_shown", "name") if ProductList.can_sort(request) else ()

    def get_changelist_form(self, request: HttpRequest, **options: Any) -> Any:
        return super().get_changelist_form(request, **{**options, "form": PriceForm})

    def get_changelist_formset(self, request: HttpRequest, **options: Any) -> Any:
        return super().get_changelist_formset(request, **{**options, "formset": PriceForms})

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """What is filtered by has an index: nothing but the filters of the page."""
        return lookup in {known.parameter_name for known in self.list_filter}

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Product], search_term: str
    ) -> tuple[QuerySet[Product], bool]:
        words = search_term.strip()[:LONGEST_SEARCH]
        if not words:
            return queryset, False
        best = selectors.find_for_staff(words=words, wanted=wanted(request), limit=FOUND)
        found = queryset.filter(id__in=best)
        if "o" in request.GET:
            return found, False
        ids = Value(best, output_field=ArrayField(BigIntegerField()))
        return found.order_by(Func(ids, F("id"), function="array_position")), False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        context = {**(extra_context or {}), "quick_filters": quick_filters(request)}
        context["exports"] = links(request, ImportKind.PRODUCTS)
        try:
            page = super().changelist_view(request, context)
        except (
            ProductChanged,
            ProductNotFound,
        ):  # between the form's look and the save: it looks again, and shows what was typed
            page = super().changelist_view(request, context)
        say_which_rows(self, request, page)
        return page

    @admin.action(description="Publish: put drafts on sale", permissions=["change"])
    def publish_chosen(self, request: HttpRequest, products: QuerySet[Product]) -> None:
        perform_all(self, request, products, PUBLISH)

    @admin.action(description="Archive: take off sale for good", permissions=["change"])
    def archive_chosen(self, request: HttpRequest, products: QuerySet[Product]) -> None:
        perform_all(self, request, products, ARCHIVE)

    @admin.action(description="Duplicate: make drafts like these", permissions=["add"])
    def duplicate_chosen(self, request: HttpRequest, products: QuerySet[Product]) -> None:
        perform_all(self, request, products, DUPLICATE)
