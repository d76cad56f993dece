"""Orders and refunds that were left behind: finished, or called off when their time is over."""

from __future__ import annotations

import logging
from typing import Final

from django.conf import settings

from contracts.errors import Refused
from contracts.orders import OrderStatus
from orders import moves, payment, refund_selectors, refund_sql, repayment, selectors, sql

logger = logging.getLogger(__name__)

UNKNOWN_SECONDS: Final = 600
"""How long an order may wait to learn what became of its payment; then it is cancelled."""


def recover_orders() -> int:
    """Take up each pending order and each requested refund that nobody has looked at for a while; returns how many.

    Each is claimed by one statement first, so two processes share the work. Whatever both do, only one does in effect.
    """
    taken_up = 0
    while claimed := _claim_pending():
        _recover(*claimed)
        taken_up += 1
    while refund_id := _claim_requested():
        if refund := refund_selectors.find_refund(refund_id=refund_id):
            repayment.pay_back(refund)
        taken_up += 1
    return taken_up


def _recover(order_id: int, overdue: bool) -> None:  # noqa: FBT001 - a row
    """Charge it as the first request did, which has no further effect if that was carried out."""
    order = selectors.get_order(order_id=order_id, user_id=None)
    if order.status is not OrderStatus.PENDING:
        return
    try:
        order = payment.settle(order)
    except Refused as over:
        logger.info("order %s is over: %s", order_id, over.code)
        return
    if order.status is OrderStatus.PENDING and overdue:
        payment.give_up(order, reason="not_paid_in_time")


def _claim_pending() -> tuple[int, bool] | None:
    row = moves.run(
        sql.CLAIM_PENDING,
        left_behind=settings.RECOVERY_SECONDS,
        unknown=UNKNOWN_SECONDS,
        action=settings.PAYMENT_ACTION_SECONDS,
    )
    return (row[0], row[1]) if row else None


def _claim_requested() -> str | None:
    row = moves.run(refund_sql.CLAIM_REQUESTED, left_behind=settings.RECOVERY_SECONDS)
    return row[0] if row else None
