"""One table of the run, on the screen and in bench/results/."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from bench.back_office import LIMIT_MS
from bench.orders import BEFORE, LINES, SPLIT
from bench.plot import draw
from bench.targets import Results, Spread, cpu, finished, of, per_second, ratios, targets

SIDES = ("ShopFlow", SPLIT, BEFORE, "baseline", "pgbench")
NOTES = Path(__file__).resolve().parent / "notes.md"
"""Why a figure is not met: written by hand, kept with the results."""


def write(results: Results, began: str, directory: Path, *, notes: bool) -> str:
    text = "\n\n".join(_sections(results, began, notes=notes)) + "\n"
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "latest.md").write_text(text)
    (directory / "latest.json").write_text(json.dumps({"began": began, **asdict(results)}, indent=1) + "\n")
    draw(results, directory / "plot.png")
    return text


def _sections(results: Results, began: str, *, notes: bool) -> Iterable[str]:
    yield f"# Benchmark of {began}"
    yield "; ".join(f"{name} {value}" for name, value in results.machine.items()) + "."
    yield _table(
        ("figure", "target", "measured", "met"),
        [(one.what, one.wanted, one.measured, "yes" if one.met else "**no**") for one in targets(results)],
    )
    if notes and (written := NOTES.read_text().strip()):
        yield written
    if results.rounds:
        yield "## Orders"
        yield "Median (lowest to highest) of the rounds, which took turns; ratios are of neighbouring rounds."
        yield _orders(results)
        yield _ratios(results)
    if results.statements:
        yield "## SQL statements of one order"
        yield _statements(results)
    if results.latencies:
        yield "## Events: from the statement that makes one true to the transaction of its effect, milliseconds"
        yield _latencies(results)
    if results.pages:
        yield "## Catalogue pages of 50, one connection, milliseconds"
        yield _pages(results)
    if results.staff_pages:
        goods, orders = (f"{results.options[name]:,}" for name in ("goods", "orders"))
        yield f"## Pages of the back office at {goods} products and {orders} orders, one connection, milliseconds"
        yield _staff_pages(results)
    if results.files:
        yield f"## Files of {results.files[0].rows:,} rows, seconds"
        yield _table(
            ("file", "checked", "applied", "undone"),
            [(one.what, f"{one.checked:.1f}", f"{one.applied:.1f}", f"{one.undone:.1f}") for one in results.files],
        )
    if results.verified:
        yield "## `verify_shop` after all of it"
        yield f"```\n{results.verified.rstrip()}\n```"


def _orders(results: Results) -> str:
    heading = (
        "side", "lines", "orders/s", "orders/s, events delivered", "CPU ms per order: app", "PostgreSQL",
        "p50 ms (pgbench: mean)", "p99 ms", "orders",
    )  # fmt: skip
    rows = []
    for side, lines in [(side, lines) for lines in LINES for side in SIDES]:
        found = of(results.rounds, side, lines)
        if found:
            figures = (per_second, finished, lambda one: one.app_cpu_ms, lambda one: one.database_cpu_ms)
            spreads = [str(Spread.of(figure(one) for one in found)) for figure in figures]
            waits = [statistics.median(wait) for wait in ([r.p50_ms for r in found], [r.p99_ms for r in found])]
            shown = [f"{wait:.1f}" if wait else "–" for wait in waits]  # noqa: RUF001 - no figure
            rows.append((side, str(lines), *spreads, *shown, f"{sum(one.orders for one in found):,}"))
    return _table(heading, rows)


def _ratios(results: Results) -> str:
    rows = []
    for lines in LINES:
        for name, figure in (("orders/s", per_second), ("events delivered", finished), ("CPU per order", cpu)):
            if spread := ratios(results.rounds, "ShopFlow", "baseline", figure, lines=lines):
                rows.append((f"ShopFlow / baseline, {lines} line{'s' * (lines > 1)}: {name}", str(spread)))
        for name, figure in (("orders/s", per_second), ("CPU per order", cpu)):
            if spread := ratios(results.rounds, SPLIT, "ShopFlow", figure, lines=lines):
                rows.append((f"split / one process, {lines} line{'s' * (lines > 1)}: {name}", str(spread)))
    for name, figure in (("orders/s", per_second), ("CPU per order", cpu)):
        if spread := ratios(results.rounds, "ShopFlow", BEFORE, figure):
            rows.append((f"ShopFlow / release before, 1 line: {name}", str(spread)))
    if spread := ratios(results.rounds, "ShopFlow", "pgbench", per_second):
        rows.append(("ShopFlow / pgbench: orders/s", str(spread)))
    return _table(("ratio", "median (lowest to highest)"), rows)


def _statements(results: Results) -> str:
    return _table(
        ("side", "lines", "write", "read", "BEGIN and COMMIT", "in all"),
        [
            (one.side, str(one.lines), str(one.writes), str(one.reads), str(one.transaction), str(one.total))
            for one in results.statements
        ],
    )


def _latencies(results: Results) -> str:
    return _table(
        ("side", "orders/s", "events", "p50", "p99", "slowest"),
        [
            (one.side, f"{one.per_second:.0f}", f"{one.events:,}",
             *(f"{ms:.1f}" for ms in (one.p50_ms, one.p99_ms, one.slowest_ms)))
            for one in results.latencies
        ],
    )  # fmt: skip


def _pages(results: Results) -> str:
    large = f"{results.options['large']:,}"
    return _table(
        ("request", "1,000: p50", "p99", f"{large}: p50", "p99", "ratio of p50"),
        [
            (one.kind, *(f"{ms:.2f}" for ms in (one.small_p50, one.small_p99, one.large_p50, one.large_p99)),
             f"{one.ratio:.2f}")
            for one in results.pages
        ],
    )  # fmt: skip


def _staff_pages(results: Results) -> str:
    return _table(
        ("page", "p50", "p95", f"≤ {LIMIT_MS} ms", "for example"),
        [
            (one.kind, f"{one.p50:.0f}", f"{one.p95:.0f}", "yes" if one.met else "**no**", f"`{one.path}`")
            for one in results.staff_pages
        ],
    )


def _table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(cell) for cell in column) for column in zip(heading, *rows, strict=True)]
    lines = [heading, ["-" * width for width in widths], *rows]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    )
