"""docs/reliability.md: the matrix as it was when both modes last ran whole. The same results give the same text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from tests import modes
from tests.crash.matrix import SELECTION, Row, rows
from tests.e2e.shop import ROOT

PAGE: Final = ROOT / "docs" / "reliability.md"
NAMES: Final = {modes.ONE_PROCESS: "one process", modes.SPLIT: "split"}
Results = dict[str, dict[str, bool]]
"""By mode and row: whether it held."""

HEAD: Final = """\
# Reliability

Written by the tests (`tests/crash/`) whenever all of them ran in both modes; not by hand.

Each row is a process killed with SIGKILL at a step of an order (`contracts/steps.py`), before or after it, while
somebody did what the second column says. It was started again, and
half a minute passed for the order (its times were set back by that). It settled by itself where there was one; then the
customer, who may have had no answer, sent the same request again. Then, of that order:

- it ended as it had to: paid, confirmed and its stock gone, or nothing kept of the customer's money, cancelled and its
  stock back; and nothing of it was still under way;
- the provider captured once at most; refunded ≤ captured ≤ total; what we have recorded is what the provider has;
- its history has no gap, each move told of itself once, and each who listens applied each event once.

At the end of each mode `manage.py verify_shop` proved the whole shop. `make chaos` does the same at random, under load.
"""


def publish(results: Results, shared: Path) -> None:
    """Each mode that ran whole is laid beside the other's; who comes last writes the page."""
    if SELECTION not in ("", "all"):
        return
    wanted = {str(row) for row in rows()}
    whole = {mode: ended for mode, ended in results.items() if ended.keys() == wanted}
    for mode, ended in whole.items():
        shared.mkdir(exist_ok=True)
        _replace(shared / f"{mode}.json", json.dumps(ended))
    found = {mode: shared / f"{mode}.json" for mode in modes.BOTH}
    if whole and all(path.exists() for path in found.values()):
        _replace(PAGE, page({mode: json.loads(path.read_text()) for mode, path in found.items()}))


def page(results: Results) -> str:
    red = sum(not held for ended in results.values() for held in ended.values())
    count = sum(map(len, results.values()))
    verdict = f"**{red} of {count} do not hold.**" if red else f"All {count} hold."
    head = ["dies", "while", *(NAMES[mode] for mode in results)]
    table = [_line(head), _line("---" for _ in head), *(_line(_cells(row, results)) for row in rows())]
    return "\n".join([HEAD, verdict, "", *table, ""])


def _cells(row: Row, results: Mapping[str, Mapping[str, bool]]) -> Iterator[str]:
    yield row.dies
    yield row.scenario
    for ended in results.values():
        yield "holds" if ended[str(row)] else "**BROKEN**"


def _line(cells: Iterator[str] | list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _replace(path: Path, text: str) -> None:
    """Whole or not at all: the other worker may do the same."""
    unfinished = path.with_name(f".{path.name}.new")
    unfinished.write_text(text)
    unfinished.rename(path)
