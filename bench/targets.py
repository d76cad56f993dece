"""The figures of the design, each with what this run measured."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from bench.back_office import LIMIT_MS, StaffPage
from bench.catalogue import Pages
from bench.flash import Sale
from bench.imports import LIMIT_SECONDS, File
from bench.latency import LIMITS_MS, RATE, Latency
from bench.orders import BEFORE, SPLIT, Round
from bench.startup import StartUp
from bench.statements import Statements


@dataclass(slots=True, kw_only=True)
class Results:
    """What was measured; a part that was left out stays empty."""

    machine: dict[str, str] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    rounds: list[Round] = field(default_factory=list)
    statements: list[Statements] = field(default_factory=list)
    latencies: list[Latency] = field(default_factory=list)
    sale: Sale | None = None
    pages: list[Pages] = field(default_factory=list)
    staff_pages: list[StaffPage] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    startup: StartUp | None = None
    verified: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    what: str
    wanted: str
    measured: str
    met: bool


@dataclass(frozen=True, slots=True)
class Spread:
    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        listed = list(values)
        return cls(statistics.median(listed), min(listed), max(listed))

    def __str__(self) -> str:
        digits = 0 if self.median >= 100 else 2
        return f"{self.median:,.{digits}f} ({self.low:,.{digits}f} to {self.high:,.{digits}f})"


def of(rounds: Iterable[Round], side: str, lines: int = 1) -> list[Round]:
    return [one for one in rounds if (one.side, one.lines) == (side, lines)]


def ratios(
    rounds: list[Round], one: str, other: str, figure: Callable[[Round], float], *, lines: int = 1
) -> Spread | None:
    """Pair by pair: each round against the other side's round next to it."""
    pairs = zip(of(rounds, one, lines), of(rounds, other, lines), strict=True)
    values = [figure(left) / figure(right) for left, right in pairs]
    return Spread.of(values) if values else None


def per_second(one: Round) -> float:
    return one.per_second


def finished(one: Round) -> float:
    return one.finished_per_second


def cpu(one: Round) -> float:
    return one.app_cpu_ms + one.database_cpu_ms


def targets(results: Results) -> list[Target]:
    return [
        *_startup(results),
        *_statements(results),
        *_orders(results),
        *_latencies(results),
        *_sale(results),
        *_pages(results),
        *_staff_pages(results),
        *_files(results),
    ]


def _startup(results: Results) -> list[Target]:
    if results.startup is None:
        return []
    first, second = results.startup.first_seconds, results.startup.second_seconds
    return [
        Target("`up` with an empty state, environment installed", "≤ 60 s", f"{first:.1f} s", first <= 60),
        Target("`up` the second time", "≤ 8 s", f"{second:.1f} s", second <= 8),
    ]


def _statements(results: Results) -> list[Target]:
    return [
        Target(
            f"SQL statements of an order of {one.lines} line{'s' * (one.lines > 1)}",
            "≤ 2 write, ≤ 4 in all",
            f"{one.writes} write, {one.total} in all",
            one.writes <= 2 and one.total <= 4,
        )
        for one in results.statements
        if one.side == "ShopFlow"
    ]


def _orders(results: Results) -> list[Target]:
    found = []
    if against := ratios(results.rounds, "ShopFlow", "baseline", per_second):
        found.append(Target("orders per second against the baseline", "≥ 3 ×", f"{against} ×", against.median >= 3))
    if against := ratios(results.rounds, "ShopFlow", "pgbench", per_second):
        percent = Spread(against.median * 100, against.low * 100, against.high * 100)
        measured = f"{percent.median:.0f} % ({percent.low:.0f} to {percent.high:.0f})"
        found.append(Target("orders per second against pgbench", "≥ 40 %", measured, percent.median >= 40))
    if against := ratios(results.rounds, SPLIT, "ShopFlow", cpu):
        found.append(Target("CPU per order, split against one process", "≤ 3 ×", f"{against} ×", against.median <= 3))
    if against := ratios(results.rounds, "ShopFlow", BEFORE, per_second):
        found.append(
            Target("orders per second against the release before", "≥ 0.95 ×", f"{against} ×", against.median >= 0.95)
        )
    return found


def _latencies(results: Results) -> list[Target]:
    return [
        Target(
            f"events at their consumers at {RATE} orders a second, p99: {one.side}",
            f"≤ {LIMITS_MS[one.side]} ms",
            f"{one.p99_ms:.0f} ms",
            one.p99_ms <= LIMITS_MS[one.side],
        )
        for one in results.latencies
    ]


def _sale(results: Results) -> list[Target]:
    sale = results.sale
    if sale is None:
        return []
    measured = f"{sale.sold:,} sold, {sale.out_of_stock:,} out of stock, {sum(sale.other.values())} other"
    what = f"{sale.buyers:,} buyers for {sale.units:,} units"
    return [Target(what, f"exactly {sale.units:,}, no other error", f"{measured}, {sale.seconds:.1f} s", sale.exact)]


def _pages(results: Results) -> list[Target]:
    large = f"{results.options.get('large', 0):,}"
    return [
        Target(f"page of 50 at {large} against 1,000 products: {one.kind}", "≤ 1.2 ×", f"{one.ratio:.2f} ×", met)
        for one in results.pages
        for met in [one.ratio <= 1.2]
    ]


def _staff_pages(results: Results) -> list[Target]:
    """One figure for all of them: each has its line in the table."""
    if not results.staff_pages:
        return []
    slowest = max(results.staff_pages, key=lambda one: one.p95)
    orders = f"{results.options.get('orders', 0):,}"
    what = f"slowest of {len(results.staff_pages)} pages of the back office at {orders} orders, p95"
    return [Target(what, f"≤ {LIMIT_MS} ms", f"{slowest.p95:.0f} ms, {slowest.kind}", slowest.met)]


def _files(results: Results) -> list[Target]:
    if not results.files:
        return []
    slowest = max(max(one.checked, one.applied, one.undone) for one in results.files)
    rows = results.files[0].rows
    what = f"a file of {rows:,} rows: checked, applied, undone, each"
    return [Target(what, f"≤ {LIMIT_SECONDS} s", f"{slowest:.1f} s", all(one.met for one in results.files))]
