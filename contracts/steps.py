"""The steps of an order that a crash must not break: each has a name, and can be told apart from the next.

    RESERVE = Step("reserve stock")

    with RESERVE:
        ports().inventory.reserve_stock(…)

A crash test dies at "before reserve stock" or "after reserve stock" (the block ended and has not been acted upon). In a
shop that serves customers nobody looks: entering and leaving a step does nothing at all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

STEPS: dict[str, Step] = {}
"""Every step by its name."""


class Step:
    __slots__ = ("after", "before")

    def __init__(self, name: str) -> None:
        if name in STEPS:
            raise TypeError(f"two steps are called {name!r}")
        self.before, self.after = f"before {name}", f"after {name}"
        STEPS[name] = self

    def __enter__(self) -> None: ...

    def __exit__(self, *error: object) -> None: ...


def watch(reached: Callable[[str], None]) -> None:
    """From here on, in this process, `reached` is told of each step: before it, and after it unless it raised."""

    def enter(step: Step) -> None:
        reached(step.before)

    def leave(step: Step, kind: Any = None, *error: object) -> None:
        if kind is None:
            reached(step.after)

    Step.__enter__ = enter  # type: ignore[method-assign]
    Step.__exit__ = leave  # type: ignore[method-assign]
