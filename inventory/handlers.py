"""What the inventory does when something happened elsewhere."""

from __future__ import annotations

import logging

from contracts.events import Envelope, Handlers, OrderCancelled, OrderConfirmed
from contracts.inventory import ReservationClosed, ReservationState
from inventory import stock

logger = logging.getLogger(__name__)


def commit_reservation(envelope: Envelope) -> None:
    """The order stands, so its stock is sold. A cancellation may have overtaken the news: then there is nothing to sell."""
    event = envelope.event
    assert isinstance(event, OrderConfirmed)
    try:
        stock.commit_reservation(reservation_id=event.reservation_id)
    except ReservationClosed as closed:
        if closed.state is not ReservationState.RELEASED:
            raise
        logger.info("order %s was cancelled before its confirmation arrived", event.order_id)


def release_reservation(envelope: Envelope) -> None:
    event = envelope.event
    assert isinstance(event, OrderCancelled)
    stock.release_reservation(reservation_id=event.reservation_id)


HANDLERS: Handlers = {
    OrderConfirmed: [commit_reservation],
    OrderCancelled: [release_reservation],
}
