"""SQL statements of one order, counted by the server itself."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from bench import http
from bench.postgres import Cluster
from bench.servers import (
    BASELINE,
    SHOPFLOW,
    Environment,
    Server,
    baseline_environment,
    serving,
    shopflow_environment,
)
from bench.tokens import signer

LINES = (1, 20)
SEEN = """
SELECT query, calls FROM pg_stat_statements JOIN pg_database ON pg_database.oid = dbid
WHERE (datname = 'baseline' OR datname LIKE 'shopflow_%') AND query NOT LIKE '% FROM ONLY % FOR KEY SHARE OF x'
"""
"""Without the look-ups by which PostgreSQL itself checks foreign keys at each commit: nobody sent them."""
TRANSACTION = re.compile(r"\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)\b", re.IGNORECASE)
LOCKING = re.compile(r"FOR (NO KEY )?UPDATE", re.IGNORECASE)
WRITE = re.compile(r"\b(INSERT INTO|UPDATE|DELETE FROM)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    side: str
    lines: int
    writes: int
    reads: int
    transaction: int
    """BEGIN and COMMIT."""

    @property
    def total(self) -> int:
        return self.writes + self.reads + self.transaction


def measure(cluster: Cluster) -> list[Statements]:
    """With the relay off and one thread, so that nothing but the order itself is counted."""
    with cluster.preloading("pg_stat_statements"):
        cluster.query("postgres", "CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        return [
            *_of(cluster, "ShopFlow", SHOPFLOW, shopflow_environment(cluster, SHOPFLOW_RELAY_THREAD="0")),
            *_of(cluster, "baseline", BASELINE, baseline_environment(cluster, SHOPFLOW_RELAY_THREAD="0")),
        ]


def _of(cluster: Cluster, side: str, application: str, environment: Environment) -> list[Statements]:
    started: AbstractContextManager[Server] = serving(application, environment, cluster, workers=1, threads=1)
    with started as server, http.Connection(server.port) as connection:

        def place(lines: int, key: str) -> None:
            _place(connection.ask, lines, key)

        for number in range(3):
            place(1, f"first-{number}")
        return [_counted(cluster, side, lines, place) for lines in LINES]


def _counted(cluster: Cluster, side: str, lines: int, place: Callable[[int, str], None]) -> Statements:
    cluster.query("postgres", "SELECT pg_stat_statements_reset()")
    place(lines, f"counted-{lines}")
    kinds = [kind_of(text) for text, calls in cluster.query("postgres", SEEN) for _ in range(calls)]
    return Statements(
        side=side,
        lines=lines,
        writes=kinds.count("write"),
        reads=kinds.count("read"),
        transaction=kinds.count("transaction"),
    )


def kind_of(statement: str) -> str:
    if TRANSACTION.match(statement):
        return "transaction"
    return "write" if WRITE.search(LOCKING.sub("", statement)) else "read"


def _place(ask: Callable[[bytes], http.Answer], lines: int, key: str) -> None:
    headers = {"Authorization": f"Bearer {signer().token(1)}", "Idempotency-Key": f"statements-{key}"}
    items = [{"product_id": number, "quantity": 1} for number in range(1, lines + 1)]
    answer = ask(http.request("POST", "/api/v1/orders", headers, json.dumps({"items": items}).encode()))
    if answer.status != 201:
        raise RuntimeError(f"an order was answered with {answer.status}: {answer.body.decode()}")
