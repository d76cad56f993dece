"""Many at once, for real."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connections

T = TypeVar("T")


def all_at_once(count: int, act: Callable[[int], T], *, databases: Sequence[str]) -> list[T]:
    """`act(0)` to `act(count - 1)`, each in a thread with connections of its own, all let go at the same moment."""
    start = Barrier(count)

    def run(number: int) -> T:
        try:
            for alias in databases:
                connections[alias].ensure_connection()
            start.wait(timeout=60)
            return act(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))
