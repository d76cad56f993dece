"""Orders per second: ShopFlow in both modes, the baseline and pgbench by turns: they all meet the same machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

import psycopg

from bench import load, pgbench
from bench.options import CONNECTIONS, Options
from bench.postgres import Cluster
from bench.servers import Server
from bench.tokens import signer

BUYERS = 1000
PRODUCTS = 300
STOCK = 100_000_000
LINES = (1, 5)
SPLIT = "ShopFlow, split"
BEFORE = "ShopFlow, release before"
WARM_UP_SECONDS = 1.0
QUIET_SECONDS = 0.5
PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Side:
    """One of the applications, and how to ask its database what has become of the orders."""

    name: str
    server: Server
    database: str
    orders: LiteralString
    waiting: LiteralString

    @property
    def key(self) -> str:
        """Of its name, what an Idempotency-Key may have."""
        return self.name.replace(", ", "-").replace(" ", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """`per_second` counts answers; `finished_per_second` also waits until the last event has been delivered.

    CPU is user and system time per order: of the application with its relay, and of PostgreSQL. pgbench tells only the
    mean of its latencies, which stands for the median.
    """

    side: str
    lines: int
    orders: int
    per_second: float
    finished_per_second: float
    app_cpu_ms: float
    database_cpu_ms: float
    p50_ms: float
    p99_ms: float


def shopflow(server: Server, name: str = "ShopFlow", *, database: str = "shopflow_orders") -> Side:
    return Side(
        name,
        server,
        database,
        "SELECT count(*) FROM orders_order",
        "SELECT count(*) FROM messaging_outboxevent WHERE delivered_at IS NULL",
    )


def baseline(server: Server) -> Side:
    return Side(
        "baseline",
        server,
        "baseline",
        "SELECT count(*) FROM baseline_order",
        "SELECT count(*) FROM baseline_outboxevent WHERE delivered_at IS NULL",
    )


def measure(cluster: Cluster, sides: Sequence[Side], options: Options, say: Callable[[str], None]) -> list[Round]:
    tokens = cluster.state / "tokens"
    tokens.write_text("".join(signer().token(user_id) + "\n" for user_id in range(1, BUYERS + 1)))
    for side in sides:
        with alone(side, sides):
            _round(cluster, side, run=f"{side.key}-warm-up", lines=1, seconds=WARM_UP_SECONDS, tokens=tokens)
    rounds = []
    for number in range(options.rounds):
        for lines in LINES if number * 2 < options.rounds else LINES[:1]:
            for side in sides:
                run = f"{side.key}-{lines}-{number}"
                with alone(side, sides):
                    rounds.append(_round(cluster, side, run=run, lines=lines, seconds=options.seconds, tokens=tokens))
                say(_line(rounds[-1]))
        with alone(None, sides):
            rounds.append(_pgbench_round(cluster, options.seconds))
        say(_line(rounds[-1]))
    return rounds


@contextmanager
def alone(side: Side | None, sides: Sequence[Side]) -> Iterator[None]:
    with ExitStack() as suspended:
        for other in sides:
            if other is not side:
                suspended.enter_context(other.server.suspended())
        yield


def _round(cluster: Cluster, side: Side, *, run: str, lines: int, seconds: float, tokens: Path) -> Round:
    placed = cluster.number(side.database, side.orders)
    app, database, began = side.server.cpu_seconds(), cluster.cpu_seconds(), time.monotonic()
    result = load.place_orders(
        side.server.port, seconds=seconds, run=run, lines=lines, products=PRODUCTS, tokens=tokens
    )
    elapsed = settled_at(cluster, side) - began
    app, database = side.server.cpu_seconds() - app, cluster.cpu_seconds() - database
    placed = cluster.number(side.database, side.orders) - placed
    _check(run, result, placed)
    return Round(
        side=side.name,
        lines=lines,
        orders=placed,
        per_second=result.answers / result.seconds,
        finished_per_second=placed / elapsed,
        app_cpu_ms=app / placed * 1000,
        database_cpu_ms=database / placed * 1000,
        p50_ms=result.p50_ms,
        p99_ms=result.p99_ms,
    )


def _check(run: str, result: load.Load, placed: int) -> None:
    """Each answer is an order; wrk hangs up at the end, when each connection may have one more under way."""
    if result.refused or result.broken:
        raise RuntimeError(f"{run}: {result.refused} requests were refused and {result.broken} had no answer")
    if not result.answers <= placed <= result.answers + CONNECTIONS:
        raise RuntimeError(f"{run}: {result.answers} orders were answered, but {placed} are in the database")


def settled_at(cluster: Cluster, side: Side) -> float:
    """When the last order was in and its event delivered: wrk hangs up on requests that then still go on."""
    began = changed = time.monotonic()
    before = None
    with psycopg.connect(cluster.url(side.database), autocommit=True) as connection:
        while time.monotonic() - changed < QUIET_SECONDS:
            now = [connection.execute(count).fetchone() for count in (side.orders, side.waiting)]
            if now != before or now[1] != (0,):
                before, changed = now, time.monotonic()
            if time.monotonic() - began > PATIENCE:
                raise RuntimeError(f"{side.name}: the events are still not delivered")
            time.sleep(0.05)
    return changed


def _pgbench_round(cluster: Cluster, seconds: float) -> Round:
    database = cluster.cpu_seconds()
    result = pgbench.run(cluster, seconds=seconds, products=PRODUCTS)
    time.sleep(QUIET_SECONDS)  # until the server has counted the time of the connections that have just ended
    database = cluster.cpu_seconds() - database
    return Round(
        side="pgbench",
        lines=1,
        orders=result.orders,
        per_second=result.per_second,
        finished_per_second=result.per_second,
        app_cpu_ms=0.0,
        database_cpu_ms=database / result.orders * 1000,
        p50_ms=result.mean_ms,
        p99_ms=0.0,
    )


def _line(one: Round) -> str:
    cpu = one.app_cpu_ms + one.database_cpu_ms
    return f"{one.side}, {one.lines} line(s): {one.per_second:,.0f} orders a second, {cpu:.2f} ms CPU each"
