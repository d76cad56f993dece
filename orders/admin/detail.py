"""The page of one order: what was bought by whom, what has happened, and what can be done now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from contracts.money import Money
from contracts.orders import OrderStatus
from contracts.payments import RefundState
from contracts.users import User
from orders import refund_selectors, selectors
from orders.admin import refunding
from orders.admin.deeds import DEEDS
from orders.admin.forms import may_be_refunded
from orders.admin.labels import label
from orders.admin.links import link
from orders.admin.people import name_of, people
from orders.admin.timeline import moments
from orders.admin.views import context_of
from orders.refund_selectors import RefundDetails
from orders.selectors import Line, OrderDetails

if TYPE_CHECKING:
    from orders.admin.pages import OrderAdmin

REFUNDS: Final = {
    RefundState.REQUESTED: ("requested: waits for the payment provider, and goes on by itself", "warning"),
    RefundState.SUCCEEDED: ("done", "success"),
    RefundState.FAILED: ("failed: nothing was paid back", "danger"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    text: str
    icon: str
    variant: str
    href: str


def page(request: HttpRequest, admin: OrderAdmin, order_id: int) -> HttpResponse:
    order = selectors.get_order(order_id=order_id, user_id=None)
    refunds = refund_selectors.list_refunds(order_id=order_id)
    told = moments(order, selectors.list_events(order_id=order_id, user_id=None), refunds)
    actors = {moment.actor_id for moment in told if moment.actor_id is not None}
    known = people({order.user_id, *actors, *(refund.actor_id for refund in refunds)})
    context = {
        **context_of(request, admin, order, f"Order #{order.id}"),
        "label": label(order.status.value),
        "total": _money(order, order.total),
        "refunded": _money(order, order.refunded) if order.refunded else "",
        "payment": _payment(order),
        "customer": known.get(order.user_id),
        "lines": [_line(request, order, line) for line in order.lines],
        "refunds": [_refund(order, refund, known) for refund in refunds],
        "timeline": [(moment, _who(moment.actor_id, known)) for moment in told],
        "buttons": _buttons(request, order, refunds),
        "links": _links(request, order),
    }
    return TemplateResponse(request, "admin/orders/order/detail.html", context)


def _payment(order: OrderDetails) -> str:
    """What is known of it here; the payment's own page says more."""
    if not order.payment_method:
        return "On invoice: nothing is paid through the shop." if order.total else "There is no charge."
    if order.status is not OrderStatus.PENDING:
        return "Through the payment provider."
    if order.next_action is None:
        return "The payment provider has not answered yet: it is asked again until it does."
    return "Waits for the customer, who has to confirm the payment at the bank."


def _line(request: HttpRequest, order: OrderDetails, line: Line) -> dict[str, Any]:
    at = line.product_id
    return {
        "of": line,
        "price": _money(order, line.unit_price),
        "sum": _money(order, line.unit_price * line.quantity),
        "product": link(request, "inventory_product_change", at, needs="inventory.view_product"),
        "ledger": link(request, "inventory_product_ledger", at, needs="inventory.view_stockmovement"),
    }


def _refund(order: OrderDetails, refund: RefundDetails, known: dict[int, User]) -> dict[str, Any]:
    names = {line.product_id: line.name for line in order.lines}
    state, colour = REFUNDS[refund.state]
    return {
        "of": refund,
        "amount": _money(order, refund.amount),
        "things": ", ".join(f"{quantity} x {names.get(id, id)}" for id, quantity in refund.lines),
        "state": state,
        "colour": colour,
        "by": name_of(refund.actor_id, known),
    }


def _who(actor_id: int | None, known: dict[int, User]) -> str:
    return "" if actor_id is None else name_of(actor_id, known)


def _buttons(request: HttpRequest, order: OrderDetails, refunds: list[RefundDetails]) -> list[Button]:
    """What may be done now, by whoever looks."""
    can = request.user.has_perm
    offered = [
        Button(text=deed.verb, icon=deed.icon, variant=deed.variant, href=_at(order, deed.name))
        for deed in DEEDS
        if can(deed.needs) and deed.possible(order, refunds)
    ]
    if may_be_refunded(order) and can(refunding.NEEDS):
        offered.append(Button(text="Refund", icon="undo", variant="default", href=_at(order, "refund")))
    return offered


def _at(order: OrderDetails, name: str) -> str:
    return reverse(f"admin:orders_order_{name}", args=[order.id])


def _links(request: HttpRequest, order: OrderDetails) -> dict[str, str]:
    """Where other contexts tell more of it. Each is asked on its own page: nothing is joined here."""
    number, reservation = order.id, order.reservation_id
    return {
        "customer": link(request, "users_user_change", order.user_id, needs="users.view_user"),
        "others": link(request, "orders_order_changelist", needs="orders.view_order", user_id__exact=order.user_id),
        "payment": link(
            request, "payments_paymentintent_changelist", needs="payments.view_paymentintent", order_id__exact=number
        ),
        "mails": link(request, "users_notification_changelist", needs="users.view_notification", q=number),
        "reservation": link(request, "inventory_reservation_change", reservation, needs="inventory.view_reservation"),
        "history": reverse("admin:orders_order_history", args=[number]),
    }


def _money(order: OrderDetails, minor: int) -> str:
    return str(Money(currency=order.currency, minor=minor))
