"""What is done now and then: what is due is sent, and what is old is forgotten."""

from __future__ import annotations

import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Final

from django.conf import settings

from users.webhooks import queue, signing
from users.webhooks.sending import Outcome, send

PARALLEL: Final = 8
LOOK_SECONDS: Final = 0.25
"""How soon what falls due is seen while others are under way."""
ROUND_SECONDS: Final = 20.0
"""How long one run goes on claiming; the next one takes over."""
PURGED_AT_ONCE: Final = 1000
USER_AGENT: Final = "ShopFlow-Webhooks/1"

Sent = tuple[queue.Claimed, Outcome]


def deliver_webhooks() -> int:
    """Send what is due, a few at a time; returns how many attempts were made.

    The threads only send. All that touches the database is done here, so one connection is enough, and none waits for
    a receiver with a transaction open.
    """
    attempts = 0
    until = time.monotonic() + ROUND_SECONDS
    with ThreadPoolExecutor(PARALLEL, thread_name_prefix="webhook") as pool:
        under_way: set[Future[Sent]] = set()
        while True:
            if (room := PARALLEL - len(under_way)) and time.monotonic() < until:
                under_way |= {pool.submit(_attempt, delivery) for delivery in queue.claim(limit=room)}
            if not under_way:
                return attempts
            done, under_way = wait(under_way, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED)
            for sent in done:
                queue.settle(*sent.result())
            attempts += len(done)


def _attempt(delivery: queue.Claimed) -> Sent:
    body = delivery.body.encode()
    signed = signing.headers(
        message_id=delivery.event_id, timestamp=int(time.time()), body=body, signed_with=delivery.secrets
    )
    headers = {**signed, "Content-Type": "application/json", "User-Agent": USER_AGENT, "Connection": "close"}
    return delivery, send(url=delivery.url, headers=headers, body=body)


def purge_webhook_deliveries() -> int:
    """Forget the finished deliveries that are older than settings.RETENTION_DAYS; returns how many there were."""
    purged = 0
    while count := queue.purge(days=settings.RETENTION_DAYS, limit=PURGED_AT_ONCE):
        purged += count
    return purged
