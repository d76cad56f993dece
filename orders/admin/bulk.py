"""Deeds on the selected orders of the list: each order by itself, so that one that is refused stops no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from contracts.errors import Refused
from orders.admin.deeds import DELIVER, SHIP, Deed
from orders.admin.refusals import explained
from orders.admin.views import actor, note
from orders.models import Order

if TYPE_CHECKING:
    from orders.admin.pages import OrderAdmin

MOST: Final = 100
"""At once: somebody waits for the answer."""


@admin.action(description="Mark as shipped", permissions=["fulfil"])
def ship(page: OrderAdmin, request: HttpRequest, orders: QuerySet[Order]) -> HttpResponse | None:
    return _after_a_look(page, request, orders, SHIP)


@admin.action(description="Mark as delivered", permissions=["fulfil"])
def deliver(page: OrderAdmin, request: HttpRequest, orders: QuerySet[Order]) -> HttpResponse | None:
    return _after_a_look(page, request, orders, DELIVER)


def _after_a_look(page: OrderAdmin, request: HttpRequest, orders: QuerySet[Order], deed: Deed) -> HttpResponse | None:
    chosen = list(orders.order_by("id")[: MOST + 1])
    if len(chosen) > MOST:
        messages.error(request, f"Select at most {MOST} orders at once. Nothing was done.")
        return None
    if "confirmed" in request.POST:
        _all_done(request, chosen, deed)
        return None
    return TemplateResponse(request, "admin/orders/order/confirm_many.html", _context(page, request, chosen, deed))


def _all_done(request: HttpRequest, chosen: list[Order], deed: Deed) -> None:
    done = 0
    for order in chosen:
        try:
            deed.do(order.pk, actor(request), {})
        except Refused as refused:
            messages.warning(request, explained(refused))
        else:
            note(request, order.pk, f"{deed.done}.")
            done += 1
    if done:
        messages.success(request, f"{deed.done}: {done} of {len(chosen)} orders.")
    gone = len({*request.POST.getlist(ACTION_CHECKBOX_NAME)}) - len(chosen)
    if gone > 0:
        messages.warning(request, f"Left as they are: {gone} of what you selected, which this list no longer shows.")


def _context(page: OrderAdmin, request: HttpRequest, chosen: list[Order], deed: Deed) -> dict[str, Any]:
    statuses = {status.value for status in deed.of}
    return {
        **page.admin_site.each_context(request),
        "opts": page.opts,
        "title": f"{deed.verb}: {len(chosen)} orders?",
        "deed": deed,
        "ready": [order for order in chosen if order.status in statuses],
        "others": [order for order in chosen if order.status not in statuses],
        "chosen": chosen,
        "action": request.POST["action"],
        "checkbox": ACTION_CHECKBOX_NAME,
    }
