"""A refund: first its lines, then a look at what will happen, then it is made; the form's key makes it once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from contracts.errors import Refused
from contracts.money import Money
from contracts.payments import RefundState
from orders import refund_selectors, refunds
from orders.admin.forms import RefundForm, may_be_refunded
from orders.admin.refusals import explained
from orders.admin.views import View, actor, allowed, back_to, context_of, note
from orders.refund_selectors import RefundDetails
from orders.selectors import OrderDetails

if TYPE_CHECKING:
    from orders.admin.pages import OrderAdmin

NEEDS: Final = "orders.refund_order"
INVOICE: Final = "nothing was paid through the shop. What was paid on invoice is paid back by hand."


def view(page: OrderAdmin) -> View:
    def refund(request: HttpRequest, order_id: int) -> HttpResponse:
        order = allowed(request, page, order_id, needs=NEEDS)
        posted = request.method == "POST"
        form = RefundForm(order, request.POST if posted else None, confirmed="confirmed" in request.POST)
        if "confirmed" in request.POST and form.is_valid():
            return _made(request, order, form)
        if not may_be_refunded(order):
            messages.warning(request, f"Of order {order.id}, which is {order.status.value}, nothing can be refunded.")
            return back_to(order.id)
        look = posted and not {"change", "confirmed"} & {*request.POST} and form.is_valid()
        context = {**context_of(request, page, order, f"Order #{order.id}: refund"), "form": form}
        if look:
            return TemplateResponse(
                request,
                "admin/orders/order/refund_look.html",
                {**context, "will": _will(form), "amount": _amount(form)},
            )
        return TemplateResponse(request, "admin/orders/order/refund.html", context)

    return refund


def _made(request: HttpRequest, order: OrderDetails, form: RefundForm) -> HttpResponse:
    """The lines are those that were looked at: should less be left by now, the service refunds nothing and says so."""
    known = {refund.id for refund in refund_selectors.list_refunds(order_id=order.id)}
    try:
        made = refunds.refund_as_staff(
            order_id=order.id,
            actor_id=actor(request),
            items=form.items,
            reason=form.cleaned_data["reason"],
            restock=form.restocked,
            key=f"back-office:{form.cleaned_data['key']}",
        )
    except Refused as refused:
        messages.error(request, explained(refused))
    else:
        _tell(request, made)
        if made.id not in known:  # else the form was sent twice
            amount = Money(currency=made.currency, minor=made.amount)
            note(request, made.order_id, f"Asked for refund {made.id} of {amount}: {made.state.value}.")
    return back_to(order.id)


def _tell(request: HttpRequest, made: RefundDetails) -> None:
    amount = Money(currency=made.currency, minor=made.amount)
    if made.state is RefundState.FAILED:
        messages.error(request, f"{amount} could not be paid back: see below why. Nothing of the order has changed.")
    elif made.state is RefundState.REQUESTED:
        messages.warning(request, f"Refund of {amount} requested: it waits for the payment provider. See below.")
    else:
        messages.success(request, f"Order {made.order_id}: {amount} refunded.")


def _will(form: RefundForm) -> list[str]:
    order = form.order
    names = {line.product_id: line.name for line in order.lines}
    things = ", ".join(f"{item.quantity} x {names[item.product_id]}" for item in form.items)
    money = f"{_amount(form)} go back to the customer." if order.payment_method else f"No money moves: {INVOICE}"
    stock = f"{things}: back in stock, to be sold again." if form.restocked else f"{things}: not put back in stock."
    return [money, stock, "The customer is told by e-mail.", "A refund cannot be taken back."]


def _amount(form: RefundForm) -> Money:
    """What goes back to the customer."""
    return Money(currency=form.order.currency, minor=form.amount if form.order.payment_method else 0)
