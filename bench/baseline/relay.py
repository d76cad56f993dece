"""A simple relay: a thread that takes events from the outbox and commits the reservation of each order."""

from __future__ import annotations

import logging
import threading
import time

from django.db import Error, connection, transaction
from django.utils import timezone

from bench.baseline.models import OutboxEvent, Reservation

logger = logging.getLogger(__name__)

BATCH = 200
POLL_SECONDS = 0.05


def start_thread() -> None:
    threading.Thread(target=_run, name="relay", daemon=True).start()


def relay_once() -> int:
    """Deliver what waits, each event with its effect in one transaction; returns how many."""
    with transaction.atomic():
        waiting = OutboxEvent.objects.select_for_update(skip_locked=True).filter(delivered_at=None).order_by("pk")
        events = list(waiting[:BATCH])
        for event in events:
            _commit_reservation(event.data["reservation_id"])
        OutboxEvent.objects.filter(pk__in=[event.pk for event in events]).update(delivered_at=timezone.now())
    return len(events)


def _commit_reservation(reservation_id: str) -> None:
    held = Reservation.objects.filter(pk=reservation_id, state=Reservation.State.HELD)
    held.update(state=Reservation.State.COMMITTED, updated_at=timezone.now())


def _run() -> None:
    while True:
        try:
            if relay_once() < BATCH:
                time.sleep(POLL_SECONDS)
        except Error:
            logger.warning("the outbox cannot be read", exc_info=True)
            connection.close()
            time.sleep(1)
