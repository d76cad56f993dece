"""The list of the orders, and the addresses of their pages. Nothing of an order is edited: it is shipped, refunded …"""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.timezone import localtime

from contracts.back_office.pages import List, LookOnlyPage
from contracts.back_office.theme import display
from contracts.errors import Failed
from contracts.money import Money
from orders.admin import bulk, detail, refunding, views
from orders.admin.deeds import DEEDS
from orders.admin.filters import DayFilter
from orders.admin.labels import label
from orders.admin.people import ids_named, name_of, people
from orders.errors import OrderNotFound
from orders.models import Order

NAMED: Final = 2
"""How many of an order's lines the list names."""
MOST: Final = 2**63 - 1


class OrderList(List):
    """Knows the customers of the orders that it shows."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        known = people(order.user_id for order in self.result_list)
        for order in self.result_list:
            order.customer_name = name_of(order.user_id, known)


@admin.register(Order)
class OrderAdmin(LookOnlyPage):
    list_display = ("number", "state", "customer", "items", "sum", "given_back", "placed")
    list_display_links = ("number",)
    list_filter = ("status", DayFilter)
    linked_by = ("user_id__exact",)
    search_fields = ("id",)  # what is looked for is below
    search_help_text = "Order number, e-mail address or username"
    ordering = ("-created_at", "-id")
    actions = (bulk.ship, bulk.deliver)

    @display(description="order")
    def number(self, order: Order) -> str:
        return f"#{order.pk}"

    @display(description="status")
    def state(self, order: Order) -> str:
        return label(order.status)

    @display(description="customer")
    def customer(self, order: Order) -> str:
        return str(getattr(order, "customer_name", order.user_id))

    @display(description="items")
    def items(self, order: Order) -> str:
        lines = list(order.lines.all())
        named = ", ".join(f"{line.quantity} x {line.name}" for line in lines[:NAMED])
        return f"{named} and {len(lines) - NAMED} more" if len(lines) > NAMED else named

    @display(description="total")
    def sum(self, order: Order) -> str:
        return _money(order, order.total)

    @display(description="refunded")
    def given_back(self, order: Order) -> str:
        return _money(order, order.refunded) if order.refunded else ""

    @display(description="placed")
    def placed(self, order: Order) -> str:
        return _on_one_line(f"{localtime(order.created_at):%-d %b %Y, %H:%M}")

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[List]:
        return OrderList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        return super().get_queryset(request).prefetch_related("lines")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        term = search_term.strip().removeprefix("#")
        if not term:
            return queryset, False
        number = int(term) if term.isascii() and term.isdecimal() and len(term) < 20 else 0
        try:
            customers = ids_named(term)
        except Failed:
            customers = []
            self.message_user(
                request, "Customers cannot be looked up at the moment: only numbers of orders were.", messages.WARNING
            )
        return queryset.filter(Q(id=min(number, MOST)) | Q(user_id__in=customers)), False

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("orders.cancel_order")

    def has_fulfil_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("orders.fulfil_order")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Django's own would open the form of a model: here is none, and what is shown comes from several contexts."""
        if request.method not in ("GET", "HEAD") or not self.has_view_permission(request):
            raise PermissionDenied
        try:
            order_id = int(object_id)
            return detail.page(request, self, order_id)
        except (ValueError, OrderNotFound):
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined,no-any-return]

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        deeds = [
            path(
                f"<int:order_id>/{deed.name}/",
                guarded(views.deed_view(self, deed)),
                name=f"orders_order_{deed.name}",
            )
            for deed in DEEDS
        ]
        refund = path("<int:order_id>/refund/", guarded(refunding.view(self)), name="orders_order_refund")
        return [*deeds, refund, *super().get_urls()]


def _money(order: Order, minor: int) -> str:
    return _on_one_line(str(Money(currency=order.currency, minor=minor)))


def _on_one_line(text: str) -> str:
    return format_html('<span class="whitespace-nowrap">{}</span>', text)
