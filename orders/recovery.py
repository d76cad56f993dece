"""Orders and refunds that were left behind: finished, or called off when their time is over."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Final

from django.conf import settings
from django.db import InterfaceError, OperationalError

from contracts.errors import Refused
from contracts.orders import OrderStatus
from orders import moves, payment, refund_selectors, refund_sql, repayment, selectors, sql

logger = logging.getLogger(__name__)

UNKNOWN_SECONDS: Final = 600
"""How long an order may wait to learn what became of its payment; then it is cancelled."""
SECONDS: Final = 20.0
"""For one run; what is left waits for the next."""


def recover_orders() -> int:
    """Take up pending orders and requested refunds that nobody has looked at for a while, in turn; returns how many.

    Each is claimed by one statement first, so two processes share the work. Whatever both do, only one does in effect.
    """
    until = monotonic() + SECONDS
    taken_up = 0
    waiting: list[Callable[[], bool]] = [_take_up_order, _take_up_refund]
    while waiting := [take_up for take_up in waiting if take_up()]:
        taken_up += len(waiting)
        if monotonic() >= until:
            break
    return taken_up


def _take_up_order() -> bool:
    claimed = _claim_pending()
    if claimed:
        _try(partial(_recover, *claimed))
    return claimed is not None


def _take_up_refund() -> bool:
    refund_id = _claim_requested()
    if refund_id and (refund := refund_selectors.find_refund(refund_id=refund_id)):
        _try(partial(repayment.pay_back, refund))
    return refund_id is not None


def _try(attempt: Callable[[], None]) -> None:
    """One that breaks does not hold up the others; a database that is away does."""
    try:
        attempt()
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("an order could not be recovered")


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
