"""What an order gives back once it is cancelled: its stock, and its money."""

from __future__ import annotations

import logging

from contracts.errors import Failed
from contracts.inventory import ReleaseReservation, ReservationNotFound
from contracts.payments import CancelPayment, PaymentInProgress
from contracts.ports import ports
from orders import steps
from orders.selectors import OrderDetails

logger = logging.getLogger(__name__)


def release_soon(reservation_id: str) -> None:
    """Put the stock back now if inventory answers; if not, the event of the cancellation or the expiry will."""
    try:
        with steps.RELEASE:
            ports().inventory.release_reservation(ReleaseReservation(reservation_id=reservation_id))
    except Failed as failure:
        logger.warning("reservation %s is released later: %s", reservation_id, failure.code)
    except ReservationNotFound:
        logger.error("reservation %s is lost, and its stock with it", reservation_id)  # noqa: TRY400 - it says it all


def call_off_soon(order: OrderDetails) -> None:
    """Call its payment off now if payments answers; if not, the event of the cancellation will."""
    if not order.payment_method:
        return
    try:
        with steps.CALL_OFF:
            ports().payments.cancel_payment(CancelPayment(order_id=order.id))
    except (Failed, PaymentInProgress) as failure:
        logger.warning("the payment of order %s is called off later: %s", order.id, failure.code)
