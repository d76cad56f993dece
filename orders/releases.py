"""Giving the stock of an order back."""

from __future__ import annotations

import logging

from contracts.errors import Failed
from contracts.inventory import ReleaseReservation
from contracts.ports import ports

logger = logging.getLogger(__name__)


def release_soon(reservation_id: str) -> None:
    """Put the stock back now if inventory answers; if not, the event of the cancellation or the expiry will."""
    try:
        ports().inventory.release_reservation(ReleaseReservation(reservation_id=reservation_id))
    except Failed as failure:
        logger.warning("reservation %s is released later: %s", reservation_id, failure.code)
