"""Which worker of a parallel run gets which test.

By file, so that what a file starts is started once; and what asks the same shop, wherever it stands, goes to one
worker. In the order of the folders (`--no-loadscope-reorder`), in which the longest come first and the last are short.
(xdist's own groups are lost on pytest 9.2, which knows a test by another attribute than xdist writes to.)
"""

from __future__ import annotations

import re

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

MODE = re.compile(r"\[(up|up_split)[]-]")
"""A test of the whole shop names its mode among its parameters: tests/modes.py."""


class ByShop(LoadScopeScheduling):  # type: ignore[misc]  # a class without types
    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)


def group(nodeid: str) -> str:
    file, _, rest = nodeid.partition("::")
    if mode := MODE.search(rest):
        return mode[1]
    return "faults" if file.startswith("tests/faults/") else file
