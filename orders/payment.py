"""The payment step of an order. An order without a payment method never comes here: it is confirmed as it is placed."""

from __future__ import annotations

from contracts.money import Money
from contracts.payments import Charge, PaymentDeclined
from contracts.ports import ports
from orders import moves, selectors
from orders.errors import OrderOvertaken
from orders.releases import release_soon
from orders.selectors import OrderDetails


def settle(order: OrderDetails, payment_method: str) -> OrderDetails:
    """Charge a pending order and confirm it; where the payment is declined, cancel it and give its stock back."""
    amount = Money(currency=order.currency, minor=order.total)
    try:
        ports().payments.charge(Charge(order_id=order.id, amount=amount, payment_method=payment_method))
    except PaymentDeclined:
        moves.cancel(order)
        release_soon(order.reservation_id)
        raise
    if not moves.confirm(order):
        raise OrderOvertaken(order_id=order.id)
    return selectors.get_order(order_id=order.id, user_id=order.user_id)
