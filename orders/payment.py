"""The payment step of an order. An order with nothing to pay never comes here: it is confirmed as it is placed."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Final

from django.conf import settings

from contracts.errors import Failed, Refused
from contracts.money import Money
from contracts.orders import OrderStatus
from contracts.payments import (
    Charge,
    InvalidPayment,
    Payment,
    PaymentClosed,
    PaymentDeclined,
    PaymentDiffers,
    PaymentInProgress,
    PaymentStatus,
)
from contracts.ports import ports
from orders import moves, selectors, steps
from orders.errors import OrderInProgress, OrderOvertaken
from orders.releases import call_off_soon, release_soon
from orders.selectors import OrderDetails

logger = logging.getLogger(__name__)

TAKEN: Final = (None, PaymentStatus.CAPTURED, PaymentStatus.PARTIALLY_REFUNDED)
"""None: a peer of the release that knew no other payments than captured ones."""
OVER: Final = (PaymentStatus.FAILED, PaymentStatus.VOIDED, PaymentStatus.REFUNDED)


def settle(order: OrderDetails, *, repeated: bool = False) -> OrderDetails:
    """Charge a pending order and confirm it; where the payment is declined, cancel it and give its stock back.

    It stays pending where nobody knows yet what became of the payment, and where the customer has to do something.
    `repeated`: somebody else may be at it, and is not to be disturbed.
    """
    try:
        with steps.CHARGE:
            payment = _charge(order)
    except PaymentInProgress:
        if repeated:
            raise OrderInProgress from None
        return order
    except Failed as failure:
        logger.warning("order %s waits for its payment: %s", order.id, failure.code)
        return order
    except PaymentClosed:
        raise _overtaken(order) from None
    except (PaymentDeclined, PaymentDiffers, InvalidPayment) as refused:
        return _decline(order, refused)
    return _as_paid(order, payment)


def give_up(order: OrderDetails, **facts: str) -> None:
    """Cancel a pending order; its stock goes back, and what was or would be taken for it, too."""
    with steps.DECLINE:
        cancelled = moves.give_up(order, **facts)
    if cancelled:
        release_soon(order.reservation_id)
        call_off_soon(order)


def _charge(order: OrderDetails) -> Payment:
    amount = Money(currency=order.currency, minor=order.total)
    return ports().payments.charge(Charge(order_id=order.id, amount=amount, payment_method=order.payment_method))


def _as_paid(order: OrderDetails, payment: Payment) -> OrderDetails:
    if payment.status in TAKEN:
        with steps.CONFIRM:
            confirmed = moves.confirm(order)
        return confirmed or _overtaken_or_settled(order)
    if payment.status in OVER:
        raise _overtaken(order)
    if payment.next_action is None:
        return order
    patience = timedelta(seconds=settings.PAYMENT_ACTION_SECONDS)
    with steps.AWAIT_ACTION:
        waiting = moves.await_action(order, payment.next_action, patience=patience)
    return waiting or _overtaken_or_settled(order)


def _decline(order: OrderDetails, refused: Refused) -> OrderDetails:
    """Raises the refusal, unless the order stands by now: then it is paid, and its stock is not to be released."""
    reason = refused.reason if isinstance(refused, PaymentDeclined) else refused.code
    with steps.DECLINE:
        cancelled = moves.give_up(order, reason="payment_declined", declined=reason)
    if cancelled is None:
        now = selectors.get_order(order_id=order.id, user_id=order.user_id)
        if now.status is not OrderStatus.CANCELLED:
            return now
    release_soon(order.reservation_id)
    raise refused


def _overtaken(order: OrderDetails) -> OrderOvertaken:
    """The payment was called off: so is the order, by whoever did that or by us."""
    give_up(order, reason="payment_called_off")
    return OrderOvertaken(order_id=order.id)


def _overtaken_or_settled(order: OrderDetails) -> OrderDetails:
    """It was moved while it was paid: confirmed by another who asked or by the event, or cancelled."""
    now = selectors.get_order(order_id=order.id, user_id=order.user_id)
    if now.status is OrderStatus.CANCELLED:
        call_off_soon(order)
        raise OrderOvertaken(order_id=order.id)
    return now
