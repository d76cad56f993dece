"""`make bench`: everything is measured in one run, on one machine, and nothing is left behind."""

from __future__ import annotations

import signal
import sys
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from time import monotonic
from types import FrameType

from bench import (
    back_office,
    catalogue,
    flash,
    latency,
    machine,
    options,
    orders,
    pgbench,
    postgres,
    products,
    release,
    report,
    servers,
    split,
    startup,
    statements,
)
from bench.catalogue_load import EMPTY
from bench.load import MissingToolError, require_wrk
from bench.targets import Results

KEPT = "bench/results"
TRIED = ".shopflow/bench"
"""For a quick run or a part of one: nothing to compare with."""


def main() -> int:
    chosen = options.parse()
    began, clock = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"), monotonic()
    try:
        require_wrk()
        results = measure(chosen)
    except MissingToolError as missing:
        print(missing, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; nothing is left running", file=sys.stderr)
        return 130
    directory = KEPT if chosen.complete else TRIED
    print(f"\n{report.write(results, began, postgres.ROOT / directory, notes=chosen.complete)}")
    print(f"{monotonic() - clock:.0f} s; written to {directory}/")
    return 0


def measure(chosen: options.Options) -> Results:
    results = Results(options=asdict(chosen))
    with postgres.cluster((*servers.DATABASES, *release.DATABASES, *back_office.databases())) as cluster:
        results.machine = machine.facts(str(cluster.query("postgres", "SHOW server_version")[0][0]))
        say("tables and products")
        servers.prepare(cluster)
        cluster.create(EMPTY, template="shopflow_inventory")
        products.fill_shop(cluster, products=orders.PRODUCTS, stock=orders.STOCK)
        products.fill_baseline(cluster, products=orders.PRODUCTS, stock=orders.STOCK)
        if "statements" in chosen.parts:
            say("SQL statements of an order")
            results.statements = statements.measure(cluster)
        if {"orders", "latency", "flash"} & set(chosen.parts):
            _sell(cluster, chosen, results)
        if "catalogue" in chosen.parts:
            say("catalogue pages")
            results.pages = catalogue.measure(cluster, chosen, say)
        if "back_office" in chosen.parts:
            say("the back office's pages")
            results.staff_pages, results.files = back_office.measure(cluster, chosen, say)
        if "startup" in chosen.parts:
            say("start-up of `manage.py up`")
            results.startup = startup.measure(cluster.state)
    return results


def _sell(cluster: postgres.Cluster, chosen: options.Options, results: Results) -> None:
    environment = servers.shopflow_environment(cluster)
    pgbench.prepare(cluster)
    with ExitStack() as running:
        ours = orders.shopflow(running.enter_context(servers.serving(servers.SHOPFLOW, environment, cluster)))
        if {"orders", "latency"} & set(chosen.parts):
            _compare(cluster, chosen, results, ours)
        if "flash" in chosen.parts:
            say(f"{chosen.buyers:,} buyers for {chosen.units:,} units")
            results.sale = flash.measure(cluster, ours.server, chosen)
        say("verify_shop")
        results.verified = servers.manage(environment, "verify_shop")


def _compare(cluster: postgres.Cluster, chosen: options.Options, results: Results, ours: orders.Side) -> None:
    with ExitStack() as running:
        apart = orders.shopflow(running.enter_context(split.serving(cluster)), orders.SPLIT)
        sides = [ours, apart]
        if "orders" in chosen.parts:
            before = running.enter_context(release.serving(cluster))
            environment = servers.baseline_environment(cluster)
            theirs = running.enter_context(servers.serving(servers.BASELINE, environment, cluster))
            sides = [ours, release.side(before), orders.baseline(theirs), apart]
            say("orders per second")
            results.rounds = orders.measure(cluster, sides, chosen, say)
        if "latency" in chosen.parts:
            for side in (ours, apart):
                say(f"events: {side.name}")
                with orders.alone(side, sides):
                    results.latencies.append(latency.measure(cluster, side, chosen.seconds * 2))


def say(line: str) -> None:
    print(f"  {line}", file=sys.stderr, flush=True)


def interrupted(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    sys.exit(main())
