"""A process that dies at a step, and a shop that comes back."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import psutil

from tests.durability.mall import Mall
from tests.e2e.shop import until

DIES_WITHIN = 5.0
"""Seconds from the step until the process is gone."""


class Death:
    """Whichever process of the shop reaches the step that `file` names dies there, once."""

    def __init__(self, mall: Mall, file: Path) -> None:
        self._mall, self._file = mall, file
        self._alive: list[psutil.Process] = []
        self._whole = len(self._family())

    @property
    def is_over(self) -> bool:
        """Whoever died runs again."""
        return len(self._family()) == self._whole

    def arm(self, point: str) -> None:
        self._alive = self._family()
        whole = self._file.with_suffix(".new")
        whole.write_text(point)
        whole.rename(self._file)

    def disarm(self) -> None:
        self._file.unlink(missing_ok=True)

    @property
    def struck(self) -> bool:
        return not self._file.exists()

    def is_seen(self) -> None:
        """Of those that ran when it was armed, one is gone."""
        until(lambda: _gone(self._alive), "a process should have died", DIES_WITHIN)

    def _family(self) -> list[psutil.Process]:
        try:
            children = psutil.Process(self._mall.shop.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []
        return [process for process in children if _is_ours(process)]


def _gone(processes: Iterable[psutil.Process]) -> bool:
    return any(not process.is_running() or process.status() == psutil.STATUS_ZOMBIE for process in processes)


def _is_ours(process: psutil.Process) -> bool:
    """A Python of the shop: neither PostgreSQL, whose helpers come and go, nor Redis nor Envoy."""
    try:
        return "manage.py" in " ".join(process.cmdline())
    except psutil.Error:
        return False
