"""How long an event takes from the statement that makes it true to the transaction of its effect elsewhere."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from statistics import quantiles
from typing import Final

from bench import http
from bench.orders import PRODUCTS, SPLIT, Side, settled_at
from bench.postgres import Cluster
from bench.servers import HOST
from bench.tokens import signer

RATE: Final = 100
LIMITS_MS: Final = {"ShopFlow": 100, SPLIT: 500}
CONNECTIONS: Final = 32
CONSUMERS: Final = ("inventory", "users")
BUYERS: Final = 100
PUBLISHED: Final = """
SELECT event_id::text, created_at FROM messaging_outboxevent
WHERE type = 'order.confirmed' AND created_at > %s
"""
RECEIVED: Final = "SELECT event_id::text, received_at FROM messaging_inboxentry WHERE event_id = ANY(%s::uuid[])"


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Of order.confirmed at each consumer. Both times are the database server's own."""

    side: str
    events: int
    per_second: float
    p50_ms: float
    p99_ms: float
    slowest_ms: float


def measure(cluster: Cluster, side: Side, seconds: float) -> Latency:
    requests = _requests(int(seconds * RATE))
    (began,) = cluster.query(side.database, "SELECT statement_timestamp()")[0]
    took = asyncio.run(_paced(side.server.port, requests))
    settled_at(cluster, side)
    published = dict(cluster.query(side.database, PUBLISHED, began))
    waits = sorted(
        (received - published[event_id]).total_seconds() * 1000 for event_id, received in _received(cluster, published)
    )
    cuts = quantiles(waits, n=100)
    return Latency(
        side=side.name,
        events=len(waits),
        per_second=len(requests) / took,
        p50_ms=cuts[49],
        p99_ms=cuts[98],
        slowest_ms=waits[-1],
    )


def _received(cluster: Cluster, published: dict[str, datetime]) -> list[tuple[str, datetime]]:
    found = [cluster.query(f"shopflow_{consumer}", RECEIVED, list(published)) for consumer in CONSUMERS]
    return [row for rows in found for row in rows]


def _requests(count: int) -> list[bytes]:
    run, tokens = uuid.uuid4().hex, [signer().token(buyer) for buyer in range(1, BUYERS + 1)]
    return [_request(f"{run}-{number}", tokens[number % BUYERS], number % PRODUCTS + 1) for number in range(count)]


def _request(key: str, token: str, product: int) -> bytes:
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
    body = json.dumps({"product_id": product, "quantity": 1}).encode()
    return http.request("POST", "/api/v1/orders", headers, body)


async def _paced(port: int, requests: list[bytes]) -> float:
    """One after the other at the rate, whatever the answers take; returns the seconds that it took."""
    loop = asyncio.get_running_loop()
    began, coming = loop.time(), iter(enumerate(requests))
    await asyncio.gather(*(_connection(port, coming, began) for _ in range(CONNECTIONS)))
    return loop.time() - began


async def _connection(port: int, coming: Iterator[tuple[int, bytes]], began: float) -> None:
    loop = asyncio.get_running_loop()
    reader, writer = await asyncio.open_connection(HOST, port)
    for number, message in coming:
        await asyncio.sleep(began + number / RATE - loop.time())
        answer = await http.ask(reader, writer, message)
        if answer.status != 201:
            raise RuntimeError(f"an order was answered with {answer.status}: {answer.body.decode()}")
    writer.close()
