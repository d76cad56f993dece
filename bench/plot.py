"""The run in one picture: orders a second, CPU per order, catalogue pages."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from bench.orders import BEFORE, SPLIT
from bench.targets import Results, Spread, of, per_second

SIDES = ("ShopFlow", SPLIT, BEFORE, "baseline", "pgbench")
SHOWN = {SPLIT: "split", BEFORE: "release\nbefore"}
COLOURS = {"ShopFlow": "#1b6ca8", SPLIT: "#5a9bd4", BEFORE: "#7fb3a6", "baseline": "#c8553d", "pgbench": "#8a8d91"}
FAINT = "#b9d3e6"


def draw(results: Results, path: Path) -> None:
    figure, (speed, cpu, pages) = plt.subplots(1, 3, figsize=(15, 4.6), width_ratios=(1, 1, 1.7), layout="constrained")
    _speed(speed, results)
    _cpu(cpu, results)
    _pages(pages, results)
    for axes in (speed, cpu, pages):
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=130)
    plt.close(figure)


def _speed(axes: Axes, results: Results) -> None:
    axes.set_title("Orders a second, one line each")
    for side in SIDES:
        if found := [per_second(one) for one in of(results.rounds, side)]:
            spread = Spread.of(found)
            whiskers = [[spread.median - spread.low], [spread.high - spread.median]]
            bars = axes.bar(SHOWN.get(side, side), spread.median, color=COLOURS[side], yerr=whiskers, capsize=5)
            axes.bar_label(bars, fmt="{:,.0f}", label_type="center", color="white", fontweight="bold")


def _cpu(axes: Axes, results: Results) -> None:
    axes.set_title("CPU per order, ms")
    for side in SIDES:
        if found := of(results.rounds, side):
            database = Spread.of(one.database_cpu_ms for one in found).median
            app = Spread.of(one.app_cpu_ms for one in found).median
            axes.bar(SHOWN.get(side, side), database, color=COLOURS[side], alpha=0.5)
            bars = axes.bar(SHOWN.get(side, side), app, bottom=database, color=COLOURS[side])
            axes.bar_label(bars, labels=[f"{app + database:.2f}"], padding=2)
    axes.set_xlabel("pale: PostgreSQL; full: the application with its relay")


def _pages(axes: Axes, results: Results) -> None:
    axes.set_title("Catalogue page of 50, median ms")
    places = range(len(results.pages))
    large = results.options.get("large", 0)
    height = 0.38
    small_ms, large_ms = [one.small_p50 for one in results.pages], [one.large_p50 for one in results.pages]
    axes.barh([place - height / 2 for place in places], small_ms, height, color=FAINT, label="1,000 products")
    bars = axes.barh(
        [place + height / 2 for place in places],
        large_ms,
        height,
        color=COLOURS["ShopFlow"],
        label=f"{large:,} products",
    )
    axes.bar_label(bars, labels=[f"{one.ratio:.2f} ×" for one in results.pages], padding=3)
    axes.set_yticks(list(places), [one.kind for one in results.pages])
    axes.invert_yaxis()
    if results.pages:
        axes.legend(loc="lower right", frameon=False)
