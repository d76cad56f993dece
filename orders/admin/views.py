"""The page before a deed, which says what will happen; posted, it is done. Outside of the admin's own transactions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from contracts.back_office import audit
from contracts.errors import Refused
from orders import refund_selectors, selectors
from orders.admin.deeds import Deed
from orders.admin.refusals import explained
from orders.errors import OrderNotFound
from orders.models import Order
from orders.selectors import OrderDetails

if TYPE_CHECKING:
    from orders.admin.pages import OrderAdmin

View = Callable[..., HttpResponse]
CONFIRM = "admin/orders/order/confirm.html"


def deed_view(page: OrderAdmin, deed: Deed) -> View:
    def view(request: HttpRequest, order_id: int) -> HttpResponse:
        order = allowed(request, page, order_id, needs=deed.needs)
        form = deed.form(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            return _done(request, deed, order_id, form.cleaned_data)
        if not deed.possible(order, refund_selectors.list_refunds(order_id=order_id)):
            return _too_late(request, deed, order)
        context = context_of(request, page, order, f"Order #{order.id}: {deed.verb.lower()}?")
        return TemplateResponse(request, CONFIRM, {**context, "deed": deed, "will": deed.will(order), "form": form})

    return view


def allowed(request: HttpRequest, page: OrderAdmin, order_id: int, *, needs: str) -> OrderDetails:
    """The order, for who may see it and has the right; 403 comes before 404."""
    if not (page.has_view_permission(request) and request.user.has_perm(needs)):
        raise PermissionDenied
    try:
        return selectors.get_order(order_id=order_id, user_id=None)
    except OrderNotFound as missing:
        raise Http404(missing.message) from None


def context_of(request: HttpRequest, page: OrderAdmin, order: OrderDetails, title: str) -> dict[str, Any]:
    """What each page about one order starts from."""
    return {
        **page.admin_site.each_context(request),
        "opts": page.opts,
        "original": Order(pk=order.id, status=order.status.value),
        "title": title,
        "order": order,
        "back": reverse("admin:orders_order_change", args=[order.id]),
    }


def actor(request: HttpRequest) -> int:
    return cast("int", request.user.pk)


def back_to(order_id: int) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("admin:orders_order_change", args=[order_id]))


def note(request: HttpRequest, order_id: int, what: str) -> None:
    """The deed, in the log of deeds: of the order as it is now."""
    audit.note(request, Order.objects.get(pk=order_id), what)


def _done(request: HttpRequest, deed: Deed, order_id: int, typed: dict[str, Any]) -> HttpResponse:
    try:
        deed.do(order_id, actor(request), typed)
    except Refused as refused:
        messages.error(request, explained(refused))
    else:
        note(request, order_id, f"{deed.done}.")
        messages.success(request, f"Order {order_id}: {deed.done.lower()}.")
    return back_to(order_id)


def _too_late(request: HttpRequest, deed: Deed, order: OrderDetails) -> HttpResponse:
    """It was offered on a page that is older than what has happened since."""
    also = ", and something of it is refunded or being refunded" if order.status in deed.of else ""
    messages.warning(request, f"{deed.verb}: not possible, as order {order.id} is {order.status.value} by now{also}.")
    return back_to(order.id)
