"""What Prometheus reads at /metrics: of this process alone, so that each process or pod is a target of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

from django.conf import settings
from django.db import Error, connections
from prometheus_client import REGISTRY, Counter, Histogram, Summary
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from contracts.base import Method
from contracts.caller import current_caller
from contracts.transport.sizes import Sizes

BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
REQUESTS = Counter("shopflow_http_requests", "Requests answered.", ["method", "route", "status"])
DURATION = Histogram("shopflow_http_request_seconds", "Time to answer.", ["method", "route"], buckets=BUCKETS)
CALLS = Histogram(
    "shopflow_contract_call_seconds", "Calls to contexts.", ["method", "outcome", "cause"], buckets=BUCKETS
)
BYTES = Summary(
    "shopflow_contract_call_bytes", "Sizes of messages; a sample where nothing is sent.", ["method", "direction"]
)
EVENTS = Histogram(
    "shopflow_event_delivery_seconds", "From an event's commit to its effect.", ["consumer"], buckets=BUCKETS
)

BACKLOG = """
SELECT count(*) FILTER (WHERE dead_at IS NULL),
       count(*) FILTER (WHERE dead_at IS NOT NULL),
       coalesce(extract(epoch FROM now() - min(created_at) FILTER (WHERE dead_at IS NULL)), 0)::float
FROM messaging_outboxevent WHERE delivered_at IS NULL
"""


def observe_request(method: str, route: str, status: int, seconds: float) -> None:
    requests, duration = _of_route(method, route, status)
    requests.inc()
    duration.observe(seconds)


@lru_cache(maxsize=4096)
def _of_route(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Looked up once: the library's own look-up costs as much as the counting."""
    return REQUESTS.labels(method, route, status), DURATION.labels(method, route)


def observe_call(method: Method, seconds: float, outcome: str, sizes: Sizes | None) -> None:
    """A `contracts.transport.hooks.CallObserver`. What no request waits for is caused by the relay: events and jobs."""
    caller = current_caller()
    relayed = caller.request_id is None or caller.service == "relay"
    _of_call(method.full_name, outcome, "relay" if relayed else "request").observe(seconds)
    if sizes is not None:
        for direction, size in zip(("request", "response"), sizes, strict=True):
            _of_message(method.full_name, direction).observe(size)


def observe_event(consumer: str, occurred_at: datetime) -> None:
    """The database said when it occurred: where its clock is ahead of ours, no time has passed."""
    EVENTS.labels(consumer).observe(max(0.0, time.time() - occurred_at.timestamp()))


@lru_cache(maxsize=4096)
def _of_call(method: str, outcome: str, cause: str) -> Histogram:
    return CALLS.labels(method, outcome, cause)


@lru_cache(maxsize=4096)
def _of_message(method: str, direction: str) -> Summary:
    return BYTES.labels(method, direction)


class OutboxBacklog(Collector):
    """Events that wait in each context's outbox, counted when Prometheus asks."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        waiting = GaugeMetricFamily("shopflow_outbox_waiting", "Events not delivered yet.", labels=["context"])
        dead = GaugeMetricFamily(
            "shopflow_outbox_dead", "Dead letters, parked for the back office.", labels=["context"]
        )
        age = GaugeMetricFamily(
            "shopflow_outbox_oldest_seconds", "Age of the oldest waiting event.", labels=["context"]
        )
        up = GaugeMetricFamily("shopflow_database_up", "1 where the context's database answers.", labels=["context"])
        for context in settings.HOSTED:
            counts = _backlog(context)
            up.add_metric([context], counts is not None)
            for gauge, value in zip((waiting, dead, age), counts or (), strict=False):
                gauge.add_metric([context], value)
        yield from (waiting, dead, age, up)

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing, so that registering does not query."""
        return []


def _backlog(context: str) -> tuple[float, float, float] | None:
    try:
        with connections[context].cursor() as cursor:
            cursor.execute(BACKLOG)
            row: tuple[float, float, float] = cursor.fetchone()
            return row
    except Error:
        return None


REGISTRY.register(OutboxBacklog())
