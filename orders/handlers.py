"""What the orders context does when something happened elsewhere: what the request that asked for it may not have lived
to see. Each is a conditional move, and does nothing where it was done before.
"""

from __future__ import annotations

import logging

from contracts.events import PaymentCaptured, PaymentFailed, PaymentRefunded, PaymentRefundFailed, PaymentVoided
from contracts.messaging import Envelope, Handlers, alone
from orders import moves, refund_moves, refund_selectors, selectors
from orders.refund_selectors import RefundDetails
from orders.selectors import OrderDetails

logger = logging.getLogger(__name__)


def confirm_order(envelope: Envelope[PaymentCaptured]) -> None:
    if order := _order(envelope.event.order_id):
        moves.confirm(order)


def cancel_failed_order(envelope: Envelope[PaymentFailed]) -> None:
    """Its stock goes back by the event of the cancellation."""
    if order := _order(envelope.event.order_id):
        moves.give_up(order, reason="payment_declined", declined=envelope.event.reason)


def cancel_voided_order(envelope: Envelope[PaymentVoided]) -> None:
    if order := _order(envelope.event.order_id):
        moves.give_up(order, reason="payment_called_off")


@alone
def record_refund(envelope: Envelope[PaymentRefunded]) -> None:
    if refund := _refund(envelope.event.refund_id):
        refund_moves.succeed(refund)


@alone
def record_failed_refund(envelope: Envelope[PaymentRefundFailed]) -> None:
    if refund := _refund(envelope.event.refund_id):
        refund_moves.fail(refund, reason=envelope.event.reason)


def _order(order_id: int) -> OrderDetails | None:
    """None for a charge without an order: payments finds it by itself, and gives it back."""
    found = selectors.orders_by_id([order_id])
    return found[0] if found else None


def _refund(refund_id: str) -> RefundDetails | None:
    """None where a payment was called off, which is no refund of ours."""
    return refund_selectors.find_refund(refund_id=refund_id) if refund_id else None


HANDLERS: Handlers = {
    PaymentCaptured: [confirm_order],
    PaymentFailed: [cancel_failed_order],
    PaymentVoided: [cancel_voided_order],
    PaymentRefunded: [record_refund],
    PaymentRefundFailed: [record_failed_refund],
}
