"""A product in the back office. All that is written goes through the services; stock has pages of its own."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from django.contrib import admin, messages
from django.db import transaction
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from contracts.back_office.theme import action
from contracts.errors import Refused
from inventory import selectors, services
from inventory.admin.changes import told
from inventory.admin.deeds import ARCHIVE, DUPLICATE, PUBLISH, Deed, ask
from inventory.admin.filters import MOST_CATEGORIES
from inventory.admin.forms import FIELDS, ChangedProductForm, NewProductForm, NewStockedProductForm
from inventory.admin.glance import glance
from inventory.admin.product_list import ProductsPage
from inventory.errors import ProductChanged
from inventory.models import Product, ProductStatus

ADJUST_STOCK: Final = "inventory.adjust_stock"


@admin.register(Product)
class ProductAdmin(ProductsPage):
    readonly_fields = ("price_shown", "created_at", "updated_at")
    actions_detail = ("publish", "archive", "duplicate")
    change_form_outer_before_template = "admin/inventory/product/glance.html"

    # --- one product --------------------------------------------------------------------------------------------------
    @action(description="Publish", url_path="publish", permissions=["inventory.change_product"], icon="storefront")
    def publish(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._ask(request, object_id, PUBLISH)

    @action(description="Archive", url_path="archive", permissions=["inventory.change_product"], icon="archive")
    def archive(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._ask(request, object_id, ARCHIVE)

    @action(description="Duplicate", url_path="duplicate", permissions=["inventory.add_product"], icon="content_copy")
    def duplicate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._ask(request, object_id, DUPLICATE)

    def _ask(self, request: HttpRequest, object_id: str, deed: Deed) -> HttpResponse:
        product = self.get_object(request, object_id)
        if product is None:
            raise Http404(f"There is no product {object_id}.")
        return ask(self, request, product, deed)

    def get_actions_detail(self, request: HttpRequest, object_id: str) -> list[Any]:
        """Of an archived product only copies can be made, and only a draft is to be published."""
        product = self.get_object(request, object_id)
        status = product.status if product else ProductStatus.ARCHIVED
        fitting = {
            f"inventory_product_{deed.verb.lower()}" for deed in (PUBLISH, ARCHIVE, DUPLICATE) if status in deed.of
        }
        shown = super().get_actions_detail(request, object_id)  # type: ignore[misc]  # the theme's
        return [one for one in shown if one.action_name in fitting]

    def get_form(self, request: HttpRequest, obj: Product | None = None, change: bool = False, **options: Any) -> Any:  # noqa: FBT001, FBT002
        new = NewStockedProductForm if request.user.has_perm(ADJUST_STOCK) else NewProductForm
        options["form"] = ChangedProductForm if obj else new
        return super().get_form(request, obj, change, **options)

    def get_fieldsets(self, request: HttpRequest, obj: Product | None = None) -> Any:
        if obj is None:
            stocked = ("opening_stock",) if request.user.has_perm(ADJUST_STOCK) else ()
            return [(None, {"fields": (*FIELDS, *stocked, "on_sale")})]
        if self.has_change_permission(request, obj):
            return [(None, {"fields": (*FIELDS, "created_at", "updated_at", "seen")})]
        written = ["price_shown" if name == "price" else name for name in FIELDS if name != "currency"]
        return [(None, {"fields": (*written, "created_at", "updated_at")})]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **options)
        if db_field.name == "category" and field is not None:
            field.widget.attrs["list"] = "categories"
        return field

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except ProductChanged:  # between the form's look and the save: it looks again, and shows what was typed
            return super().changeform_view(request, object_id, form_url, extra_context)
        except Refused as refused:  # it changed between the form's look and the save; nothing was saved
            self.message_user(request, str(refused), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def render_change_form(  # noqa: PLR0917 - as Django has it
        self,
        request: HttpRequest,
        context: Any,
        add: bool = False,  # noqa: FBT001, FBT002
        change: bool = False,  # noqa: FBT001, FBT002
        form_url: str = "",
        obj: Product | None = None,
    ) -> HttpResponse:
        context["categories"] = partial(selectors.categories, limit=MOST_CATEGORIES)
        context["glance"] = glance(request, obj) if obj else None
        return super().render_change_form(request, context, add, change, form_url, obj)

    # --- saving -------------------------------------------------------------------------------------------------------
    def save_model(self, request: HttpRequest, obj: Product, form: ModelForm[Product], change: bool) -> None:  # noqa: FBT001
        values = form.cleaned_data
        fields: Any = {name: values[name] for name in (form.changed_data if change else FIELDS) if name in FIELDS}
        if not change:
            stock, draft = values.get("opening_stock", 0), not values["on_sale"]
            obj.pk = services.create_product(**fields, stock=stock, draft=draft, actor_id=request.user.pk)
        elif fields:
            seen: Any = form.seen_at  # type: ignore[attr-defined]  # both forms of a change have it
            services.update_product(product_id=obj.pk, unless_changed_since=seen, drafts=True, **fields)
        obj.refresh_from_db()

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:  # noqa: FBT001, FBT002
        if not add:
            return told(form, FIELDS)
        stock = form.cleaned_data.get("opening_stock", 0)
        return f"Created {'on sale' if form.cleaned_data['on_sale'] else 'as a draft'}, with a stock of {stock}"

    def log_addition(self, request: HttpRequest, obj: Product, message: Any) -> Any:
        """Once it is true: the log is in another database than the product."""
        transaction.on_commit(partial(super().log_addition, request, obj, message), using=services.ALIAS)

    def log_change(self, request: HttpRequest, obj: Product, message: Any) -> Any:
        if message:
            transaction.on_commit(partial(super().log_change, request, obj, message), using=services.ALIAS)

    # --- who may ------------------------------------------------------------------------------------------------------
    def has_change_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        """What is archived stays as it is."""
        return super().has_change_permission(request, obj) and (obj is None or obj.archived_at is None)

    def has_delete_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        """Orders and the ledger refer to products: archive instead."""
        return False
