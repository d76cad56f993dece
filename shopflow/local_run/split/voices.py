"""Each line under the name of the process that said it, as wide as the longest name, in the colour of its context."""

from __future__ import annotations

from collections.abc import Iterable

from shopflow.local_run.console import Console

COLOURS = {"users": 36, "inventory": 32, "orders": 33, "payments": 35, "beat": 34, "redis": 31, "gateway": 37}
"""Of the terminal; a context's processes share one."""


class Voices:
    def __init__(self, console: Console, names: Iterable[str], *, coloured: bool) -> None:
        self._console = console
        width = max(map(len, names))
        self._prefixes = {name: _prefix(name, width, coloured=coloured) for name in names}

    def hear(self, name: str, line: str) -> None:
        self._console.tell(self._prefixes[name] + line)


def _prefix(name: str, width: int, *, coloured: bool) -> str:
    plain = f"{name:<{width}} | "
    colour = COLOURS.get(name.partition("-")[0])
    return f"\033[{colour}m{plain}\033[0m" if coloured and colour else plain
