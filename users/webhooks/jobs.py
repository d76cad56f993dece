"""What is done now and then: what is due is sent, and what is old is forgotten."""

from __future__ import annotations

import logging
import time
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final

from django.conf import settings

from users.webhooks import queue, signing
from users.webhooks.sending import Failure, Outcome, send

logger = logging.getLogger(__name__)

PARALLEL: Final = 16
LOOK_SECONDS: Final = 0.25
"""How soon what falls due is seen while others are under way."""
ROUND_SECONDS: Final = 20.0
"""How long one run goes on claiming; the next one takes over."""
PURGED_AT_ONCE: Final = 1000
USER_AGENT: Final = "ShopFlow-Webhooks/1"

Ended = SimpleQueue[tuple[queue.Claimed, Outcome]]


def deliver_webhooks() -> int:
    """Send what is due, a few at a time; returns how many attempts were made.

    The threads only send. All that touches the database is done here, so one connection is enough, and none waits for
    a receiver with a transaction open.
    """
    attempts = under_way = 0
    ended: Ended = SimpleQueue()
    until = time.monotonic() + ROUND_SECONDS
    while True:
        if under_way < PARALLEL and time.monotonic() < until:
            for delivery in queue.claim(limit=PARALLEL - under_way):
                Thread(target=_attempt, args=(delivery, ended), name="webhook", daemon=True).start()
                under_way += 1
        if not under_way:
            return attempts
        try:
            queue.settle(*ended.get(timeout=LOOK_SECONDS))
        except Empty:
            continue
        attempts, under_way = attempts + 1, under_way - 1


def _attempt(delivery: queue.Claimed, ended: Ended) -> None:
    """A mistake of ours counts as a failure, too: else its delivery would be tried for ever."""
    try:
        outcome = _send(delivery)
    except Exception:
        logger.exception("delivery %s of a webhook broke", delivery.id)
        outcome = Outcome(failure=Failure.INTERNAL, milliseconds=0)
    ended.put((delivery, outcome))


def _send(delivery: queue.Claimed) -> Outcome:
    body = delivery.body.encode()
    signed = signing.headers(
        message_id=delivery.event_id, timestamp=int(time.time()), body=body, signed_with=delivery.secrets
    )
    headers = {**signed, "Content-Type": "application/json", "User-Agent": USER_AGENT, "Connection": "close"}
    return send(url=delivery.url, headers=headers, body=body)


def purge_webhook_deliveries() -> int:
    """Forget the finished deliveries that are older than settings.RETENTION_DAYS; returns how many there were."""
    purged = 0
    while count := queue.purge(days=settings.RETENTION_DAYS, limit=PURGED_AT_ONCE):
        purged += count
    return purged
