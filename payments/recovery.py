"""What was left behind is brought to its end, and what was taken for no order goes back."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError

from contracts.base import time_limit
from contracts.orders import MAX_ORDERS, GetOrders, OrderStatus
from contracts.payments import PaymentInProgress, PaymentStatus
from contracts.ports import ports
from contracts.steps import Step
from payments import moves, selectors, services, settling
from payments.models import GIVING_BACK
from payments.provider.interface import ProviderTimeout, ProviderUnavailable
from payments.selectors import PaymentDetails

logger = logging.getLogger(__name__)

BATCH: Final = 100
SECONDS: Final = 20.0
"""For one run; what is left waits for the next."""

RECONCILE = Step("reconcile payment")
ORPHANED = Step("record that a payment has no order")


def settle_payments() -> int:
    """Call off what is to be called off, and go on with what nobody is about any more; returns how many were tried."""
    after = settings.RECOVERY_SECONDS
    payments = (partial(_settle, payment) for payment in selectors.left_behind(after=after, limit=BATCH))
    refunds = (partial(_give_back, id) for id in selectors.refunds_left_behind(after=after, limit=BATCH))
    tried = 0
    with time_limit(SECONDS):
        for attempt in chain(payments, refunds):
            if settling.in_time():
                _try(attempt)
                tried += 1
    return tried


def reconcile_payments() -> int:
    """Every payment that was taken, or that a customer may still make, has an order that stands, or is called off;
    returns how many are.

    While orders cannot be asked, nothing is touched; the order of a payment that is still pending is asked for again.
    """
    going_back = 0
    past: UUID | None = None
    while payments := selectors.unreconciled(after=settings.RECOVERY_SECONDS, past=past, limit=MAX_ORDERS):
        going_back += _reconcile(payments)
        past = payments[-1].id
    return going_back


def _reconcile(payments: Sequence[PaymentDetails]) -> int:
    ids = tuple(payment.order_id for payment in payments)
    orders = ports().orders.get_orders(GetOrders(order_ids=ids)).orders
    status = {order.order_id: order.status for order in orders}
    going_back = 0
    for payment in payments:
        match status.get(payment.order_id):
            case None | OrderStatus.CANCELLED:
                going_back += _call_off(payment)
            case OrderStatus.PENDING:
                pass
            case _ if payment.status in GIVING_BACK:
                with RECONCILE:
                    moves.reconcile(payment)
    return going_back


def _call_off(payment: PaymentDetails) -> int:
    logger.warning("order %s does not stand: its payment goes back", payment.order_id)
    with ORPHANED:
        return moves.wish_cancelled(order_ids=[payment.order_id])


def _settle(payment: PaymentDetails) -> None:
    if payment.status is PaymentStatus.REQUIRES_ACTION and not payment.is_cancelling:
        _look_again(payment)
    else:
        settling.resume(payment)


def _look_again(payment: PaymentDetails) -> None:
    try:
        settling.look_again(payment)
    except PaymentInProgress:
        raise
    except Exception:
        moves.postpone(payment)
        raise


def _give_back(refund_id: UUID) -> None:
    if refund := selectors.refund_by_id(refund_id):
        services.give_back(refund)


def _try(attempt: Callable[[], None]) -> None:
    """One that breaks does not hold up the others; a database that is away does."""
    try:
        attempt()
    except PaymentInProgress:
        pass
    except (ProviderUnavailable, ProviderTimeout) as failure:
        logger.warning("a provider did not answer: %s", type(failure).__name__)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("a payment could not be settled")
