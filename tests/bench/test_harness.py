"""What the benchmark itself gets right."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bench import pgbench
from bench.postgres import ROOT, Cluster
from bench.statements import kind_of
from bench.targets import Spread


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("SELECT stock FROM inventory_product FOR NO KEY UPDATE", "read"),
        ("SELECT 1 FROM baseline_product ORDER BY id FOR UPDATE", "read"),
        ("WITH placed AS (INSERT INTO orders_order DEFAULT VALUES RETURNING id) SELECT id FROM placed", "write"),
        ("UPDATE baseline_product SET stock = $1", "write"),
        ("BEGIN", "transaction"),
        ("COMMIT", "transaction"),
    ],
)
def test_statements_are_told_apart(statement: str, kind: str) -> None:
    assert kind_of(statement) == kind


def test_a_spread_is_the_median_between_the_extremes() -> None:
    assert Spread.of([3.0, 1.0, 2.0]) == Spread(2.0, 1.0, 3.0)


def test_without_wrk_it_says_what_to_install() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "bench"], cwd=ROOT, env={"PATH": ""}, capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == "wrk is not installed. On Debian and Ubuntu: apt-get install wrk\n"


@pytest.mark.e2e
def test_what_pgbench_runs_places_whole_orders(cluster: Cluster) -> None:
    pgbench.prepare(cluster)
    cluster.query(pgbench.DATABASE, "UPDATE inventory_product SET stock = stock + 1000000")
    placed = pgbench.run(cluster, seconds=1, products=30).orders
    assert placed > 0

    def count(table: str) -> int:
        return int(cluster.query(pgbench.DATABASE, f"SELECT count(*) FROM {table}")[0][0])  # noqa: S608

    tables = ("orders_order", "orders_orderline", "orders_orderevent", "inventory_reservationline")
    assert {table: count(table) for table in tables} == dict.fromkeys(tables, placed)
    assert count("inventory_stockmovement WHERE kind = 'reservation'") == placed
    assert count("messaging_outboxevent WHERE type = 'order.confirmed'") == placed
