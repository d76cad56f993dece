"""Pages of 50 at a thousand products and at a million: the same requests, one by one, to both by turns."""

from __future__ import annotations

import json
import statistics
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from bench import http
from bench.catalogue_load import load
from bench.options import Options
from bench.postgres import Cluster
from bench.products import CATEGORIES, MATERIALS, OF_ONE_SERIES
from bench.servers import SHOPFLOW, serving, shopflow_environment

SMALL: Final = 1_000
PAGE: Final = 50
VARIANTS: Final = 20
"""Different requests of each kind, so that no page is measured by one lucky example."""

Query = dict[str, str | int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Latencies in milliseconds."""

    kind: str
    small_p50: float
    small_p99: float
    large_p50: float
    large_p99: float

    @property
    def ratio(self) -> float:
        return self.large_p50 / self.small_p50


def _after(sort: str, *key: int) -> str:
    """A cursor as the API writes it, for a place in the middle that nobody would page to one by one."""
    return urlsafe_b64encode(json.dumps([sort, *key], separators=(",", ":")).encode()).decode().rstrip("=")


def _price_range(number: int) -> Query:
    return {"min_price": 10 + number, "max_price": 110 + number * 2}


KINDS: Final[dict[str, Callable[[int, int], Query]]] = {
    "first page": lambda _total, _number: {},
    "deep page, by key": lambda total, number: {"after": _after("id", total * (number + 1) // (VARIANTS + 4))},
    "one category": lambda _total, number: {"category": CATEGORIES[number % len(CATEGORIES)]},
    "sorted by price": lambda _total, number: {"sort": ("price", "-price")[number % 2]},
    "deep page, by price": lambda _total, number: {"sort": "price", "after": _after("price", 200 + number * 1000, 1)},
    "range of prices": lambda _total, number: _price_range(number),
    "search, one series": lambda total, number: {"q": f"KX{number % max(1, total // OF_ONE_SERIES):06d}"},
    "search, every tenth product": lambda _total, number: {"q": MATERIALS[number % len(MATERIALS)]},
}


def measure(cluster: Cluster, options: Options, say: Callable[[str], None]) -> list[Pages]:
    sizes = (SMALL, options.large)
    with ExitStack() as open_until_the_end:
        connections = [open_until_the_end.enter_context(_catalogue(cluster, size, say)) for size in sizes]
        return [_pages(kind, dict(zip(sizes, connections, strict=True)), options.pages) for kind in KINDS]


@contextmanager
def _catalogue(cluster: Cluster, size: int, say: Callable[[str], None]) -> Iterator[http.Connection]:
    """A server of its own on a database with so many products; no relay, one thread, one connection."""
    database = f"catalogue_{size}"
    began = time.monotonic()
    load(cluster, database, size)
    say(f"{size:,} products loaded in {time.monotonic() - began:.0f} s")
    environment = shopflow_environment(cluster, INVENTORY_DATABASE_URL=cluster.url(database), SHOPFLOW_RELAY_THREAD="0")
    with (
        serving(SHOPFLOW, environment, cluster, workers=1, threads=1) as server,
        http.Connection(server.port) as connection,
    ):
        yield connection


def _pages(kind: str, connections: dict[int, http.Connection], count: int) -> Pages:
    times: dict[int, list[float]] = {size: [] for size in connections}
    for number in range(-VARIANTS, count):  # the first of each variant is not counted
        for size, connection in connections.items():
            query = KINDS[kind](size, number % VARIANTS)
            milliseconds = _time(connection, f"/api/v1/products?{urlencode({'limit': PAGE, **query})}")
            if number >= 0:
                times[size].append(milliseconds)
    small, large = times.values()
    return Pages(
        kind=kind,
        small_p50=statistics.median(small),
        small_p99=_p99(small),
        large_p50=statistics.median(large),
        large_p99=_p99(large),
    )


def _time(connection: http.Connection, path: str) -> float:
    message = http.request("GET", path)
    began = time.perf_counter()
    answer = connection.ask(message)
    milliseconds = (time.perf_counter() - began) * 1000
    if answer.status != 200 or answer.body.count(b'"sku"') != PAGE:
        raise RuntimeError(f"{path} is no page of {PAGE} products ({answer.status})")
    return milliseconds


def _p99(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.99)]
