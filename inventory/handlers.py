"""What the inventory does when something happened elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from contracts.events import OrderCancelled, OrderConfirmed, OrderRefunded
from contracts.inventory import ReservationClosed, ReservationState
from contracts.messaging import Envelope, Handlers, alone, together
from inventory import stock

logger = logging.getLogger(__name__)


@together
def commit_reservation(envelopes: Sequence[Envelope[OrderConfirmed]]) -> None:
    """The orders stand, so their stock is sold; unless a cancellation was faster than this news of it."""
    orders = {envelope.event.reservation_id: envelope.event.order_id for envelope in envelopes}
    committed = stock.commit_held(reservation_ids=[*orders])
    for reservation_id in orders.keys() - committed:
        _commit_late(reservation_id, orders[reservation_id])


def _commit_late(reservation_id: str, order_id: int) -> None:
    try:
        stock.commit_reservation(reservation_id=reservation_id)
    except ReservationClosed as closed:
        if closed.state is not ReservationState.RELEASED:
            raise
        logger.info("order %s was cancelled before its confirmation arrived", order_id)


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
