"""`python -m tests.crash.breaking`: each compensation broken on purpose, in a copy of the tree, turns its rows red.

What is not broken stays green: where two ways lead to the same end, one of them is enough.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests import modes
from tests.e2e.shop import ROOT

PATIENCE_SECONDS: Final = 20
OUTCOME: Final = re.compile(r"^(PASSED|FAILED) .*\[\w+-(.*?)\]", re.MULTILINE)
WHY: Final = re.compile(r"^E +((?:AssertionError:|assert) .*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    says: str
    file: str
    text: str
    instead: str
    red: tuple[str, ...]
    green: tuple[str, ...]

    @property
    def rows(self) -> tuple[str, ...]:
        return (*self.red, *self.green)


BREAKS: Final = (
    Break(
        says="The recovery takes up no order",
        file="orders/recovery.py",
        text="    claimed = _claim_pending()\n",
        instead="    claimed = None\n",
        red=("before charge: place pm_ok", "after insert order: place pm_declined"),
        green=("after confirm order: place pm_ok",),
    ),
    Break(
        says="The event of a cancellation puts no stock back",
        file="inventory/handlers.py",
        text="    stock.release_reservation(reservation_id=envelope.event.reservation_id)\n",
        instead="    return\n",
        red=("before release stock: cancel a paid order",),
        green=("after release stock: cancel a paid order",),
    ),
    Break(
        says="What was taken for no order does not go back",
        file="payments/recovery.py",
        text="        return moves.wish_cancelled(order_ids=[payment.order_id])\n",
        instead="        return 0\n",
        red=("before record that a payment has no order: charge without an order",),
        green=("before reconcile payment: place pm_ok",),
    ),
    Break(
        says="A payment that is called off is not given back",
        file="payments/settling.py",
        text="    if payment.status in GIVING_BACK and payment.amount and",
        instead="    if not GIVING_BACK and payment.amount and",
        red=("after move cancelled order: cancel a paid order",),
        green=("before refund payment: refund the whole order",),
    ),
)


def fits(broken: Break) -> bool:
    """The text is there, once."""
    return (ROOT / broken.file).read_text().count(broken.text) == 1


def outcomes(broken: Break, tree: Path) -> tuple[dict[str, str], list[str]]:
    """What became of each row in the broken tree, and why."""
    path = tree / broken.file
    whole = path.read_text()
    path.write_text(whole.replace(broken.text, broken.instead))
    environment = {
        **os.environ,
        "SHOPFLOW_CRASH_ROWS": ";".join(broken.rows),
        "SHOPFLOW_CRASH_PATIENCE": str(PATIENCE_SECONDS),
    }
    try:
        said = subprocess.run(_command(tree), cwd=tree, env=environment, capture_output=True, text=True, check=False)
    finally:
        path.write_text(whole)
    return {row: outcome for outcome, row in OUTCOME.findall(said.stdout)}, WHY.findall(said.stdout)


def _command(tree: Path) -> list[str]:
    where = f"--basetemp={tree.parent / 'pytest'}"
    chosen = f"test_an_order_survives and {modes.ONE_PROCESS}-"
    return [sys.executable, "-m", "pytest", "tests/crash/test_matrix.py", "-q", "-rA", "-k", chosen, where]


def _copied(folder: Path) -> Path:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    tree = folder / "tree"
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
    return tree


def _report(broken: Break, tree: Path) -> Iterator[str]:
    found, why = outcomes(broken, tree)
    yield f"{broken.says} ({broken.file})"
    for row in broken.rows:
        wanted = "FAILED" if row in broken.red else "PASSED"
        verdict = "as it should" if found.get(row) == wanted else f"NOT {wanted}"
        yield f"    {found.get(row, 'not run'):<8} {row}: {verdict}"
    yield from (f"        {line[:160]}" for line in why)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        tree, wrong = _copied(Path(folder)), False
        for broken in BREAKS:
            for line in _report(broken, tree):
                wrong |= "NOT " in line
                print(line, flush=True)  # noqa: T201
    sys.exit(wrong)
