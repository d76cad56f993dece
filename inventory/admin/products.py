"""The catalogue in the back office. Everything that is written goes through the services."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from contracts.back_office.pages import Page
from contracts.errors import Refused
from contracts.inventory import ProductNotFound
from contracts.money import Money
from inventory import selectors, services
from inventory.admin.forms import FIELDS, ChangedProductForm, NewProductForm
from inventory.catalogue_sql import Filter
from inventory.errors import ProductChanged
from inventory.models import MovementKind, Product
from inventory.stock import adjust_stock

FOUND: Final = 100
RECENT: Final = 20


@admin.register(Product)
class ProductAdmin(Page):
    list_display = ("sku", "name", "category", "price_shown", "stock", "active")
    list_filter = ("active", "in_stock")
    search_fields = ("sku",)
    search_help_text = "Words of products on sale, or any SKU. The best 100 are shown."
    ordering = ("-id",)
    readonly_fields = ("stock", "active", "created_at", "updated_at", "ledger")
    actions = ("archive",)

    @admin.display(description="price", ordering="price")
    def price_shown(self, product: Product) -> str:
        return str(Money(currency=product.currency, minor=product.price))

    @admin.display(description=f"last {RECENT} stock movements")
    def ledger(self, product: Product) -> SafeString:
        movements = product.movements.order_by("-id")[:RECENT]
        lines = [
            (
                f"{movement.created_at:%Y-%m-%d %H:%M}",
                f"{movement.delta:+d}",
                movement.get_kind_display(),
                movement.reason,
            )
            for movement in movements
        ]
        return format_html_join("", "<div>{} &nbsp; <b>{}</b> &nbsp; {} &nbsp; {}</div>", lines)

    @admin.action(description="Archive: take off sale for good", permissions=["change"])
    def archive(self, request: HttpRequest, products: QuerySet[Product]) -> None:
        for product in products.filter(active=True):
            try:
                services.archive_product(product_id=product.pk)
            except ProductNotFound:
                self.message_user(request, f"{product} was archived already.", messages.WARNING)

    def get_form(self, request: HttpRequest, obj: Product | None = None, change: bool = False, **options: Any) -> Any:  # noqa: FBT001, FBT002
        options["form"] = ChangedProductForm if obj else NewProductForm
        return super().get_form(request, obj, change, **options)

    def get_fieldsets(self, request: HttpRequest, obj: Product | None = None) -> Any:
        if obj is None:
            return [(None, {"fields": (*FIELDS, "opening_stock")})]
        seen, change = (("seen",), ("stock_change", "reason")) if obj.active else ((), ())
        product = (*FIELDS, "active", "created_at", "updated_at", *seen)
        return [(None, {"fields": product}), ("Stock", {"fields": ("stock", *change, "ledger")})]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Product], search_term: str
    ) -> tuple[QuerySet[Product], bool]:
        words = search_term.strip()
        if not words:
            return queryset, False
        found = selectors.list_products(wanted=Filter(q=words), sort="relevance", limit=FOUND)
        return queryset.filter(Q(id__in=[row.product["id"] for row in found]) | Q(sku=words)), False

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except ProductChanged:  # between the form's look and the save: it looks again, and shows what was typed
            return self.changeform_view(request, object_id, form_url, extra_context)
        except Refused as refused:  # it changed between the form's look and the save; nothing was saved
            self.message_user(request, str(refused), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def save_model(self, request: HttpRequest, obj: Product, form: ModelForm[Product], change: bool) -> None:  # noqa: FBT001
        values = form.cleaned_data
        actor_id = request.user.pk
        fields: Any = {name: values[name] for name in (form.changed_data if change else FIELDS) if name in FIELDS}
        if not change:
            obj.pk = services.create_product(**fields, stock=values["opening_stock"], actor_id=actor_id)
        elif fields:
            services.update_product(product_id=obj.pk, unless_changed_since=values["seen"], **fields)
        if delta := values.get("stock_change"):
            adjust_stock(
                product_id=obj.pk,
                delta=delta,
                kind=MovementKind.ADJUSTMENT,
                reason=values["reason"],
                actor_id=actor_id,
            )
        obj.refresh_from_db()

    def has_change_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        """What is archived stays as it is."""
        return super().has_change_permission(request, obj) and (obj is None or obj.active)

    def has_delete_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        """Orders and the ledger refer to products: archive instead."""
        return False
