"""What the inventory does when something happened elsewhere."""

from __future__ import annotations

import logging

from contracts.events import Envelope, Handlers, OrderCancelled, OrderConfirmed, OrderRefunded, alone
from contracts.inventory import ReservationClosed, ReservationState
from inventory import stock

logger = logging.getLogger(__name__)


def commit_reservation(envelope: Envelope[OrderConfirmed]) -> None:
    """The order stands, so its stock is sold; unless a cancellation was faster than this news of it."""
    event = envelope.event
    try:
        stock.commit_reservation(reservation_id=event.reservation_id)
    except ReservationClosed as closed:
        if closed.state is not ReservationState.RELEASED:
            raise
        logger.info("order %s was cancelled before its confirmation arrived", event.order_id)


@alone
def release_reservation(envelope: Envelope[OrderCancelled]) -> None:
    stock.release_reservation(reservation_id=envelope.event.reservation_id)


@alone
def take_back(envelope: Envelope[OrderRefunded]) -> None:
    event = envelope.event
    if event.restock:
        stock.take_back(refund_id=event.refund_id, lines=event.lines)


HANDLERS: Handlers = {
    OrderConfirmed: [commit_reservation],
    OrderCancelled: [release_reservation],
    OrderRefunded: [take_back],
}
