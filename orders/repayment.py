"""The money of a refund: it goes back through payments, where there was any."""

from __future__ import annotations

import logging

from contracts.errors import Failed
from contracts.money import Money
from contracts.payments import (
    InvalidPayment,
    PaymentInProgress,
    PaymentNotCaptured,
    PaymentNotFound,
    Refund,
    RefundDiffers,
    RefundState,
    RefundTooLarge,
)
from contracts.ports import ports
from orders import refund_moves, steps
from orders.refund_selectors import RefundDetails

logger = logging.getLogger(__name__)

REFUSALS = (PaymentNotFound, PaymentNotCaptured, RefundTooLarge, RefundDiffers, InvalidPayment)


def pay_back(refund: RefundDetails) -> None:
    """Give a requested refund's money back and settle it; it stays requested while nobody knows what became of it."""
    try:
        state, reason = _asked(refund)
    except (Failed, PaymentInProgress) as failure:
        logger.warning("refund %s waits for payments: %s", refund.id, failure.code)
        return
    if state is RefundState.SUCCEEDED:
        with steps.RECORD_REFUND:
            refund_moves.succeed(refund)
    elif state is RefundState.FAILED:
        with steps.RECORD_REFUND:
            refund_moves.fail(refund, reason=reason)


def _asked(refund: RefundDetails) -> tuple[RefundState, str]:
    """What became of it, and why where it failed. Where nothing was paid, nothing has to go back."""
    if not refund.amount:
        return RefundState.SUCCEEDED, ""
    amount = Money(currency=refund.currency, minor=refund.amount)
    try:
        with steps.REFUND:
            asked = ports().payments.refund(Refund(refund_id=refund.id, order_id=refund.order_id, amount=amount))
    except REFUSALS as refused:
        return RefundState.FAILED, refused.code
    return asked.state, "refused by the provider"
