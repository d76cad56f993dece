"""Which worker of a parallel run gets which test.

By file, so that what a file starts is started once; and what asks the same shop, wherever it stands, goes to one
worker. The longest come first (and xdist leaves it so: `--no-loadscope-reorder`), so that no worker is left with one.
(xdist's own groups are lost on pytest 9.2, which knows a test by another attribute than xdist writes to.)
"""

from __future__ import annotations

import re
from typing import Final

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

MODE = re.compile(r"\[(up|up_split)[]-]")
"""A test of the whole shop names its mode among its parameters: tests/modes.py."""

LONGEST: Final = ("up_split", "up", "faults", "browser", "tests/e2e/", "tests/deploy/", "tests/parity/")
"""Groups of minutes; all others take seconds."""

TOGETHER: Final = ("faults", "browser")
"""Folders whose tests share one shop."""


class ByShop(LoadScopeScheduling):  # type: ignore[misc]  # a class without types
    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)


def group(nodeid: str) -> str:
    file, _, rest = nodeid.partition("::")
    if mode := MODE.search(rest):
        return mode[1]
    return next((name for name in TOGETHER if file.startswith(f"tests/{name}/")), file)


def rank(nodeid: str) -> int:
    """The lower, the sooner. A folder stands for all its files."""
    name = group(nodeid)
    places = (place for place, long in enumerate(LONGEST) if name == long or long in f"{name.rpartition('/')[0]}/")
    return next(places, len(LONGEST))
