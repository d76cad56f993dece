"""A process that dies at a step, and a shop that comes back."""

from __future__ import annotations

from functools import partial
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
        self._whole = self._family()

    @property
    def is_over(self) -> bool:
        """Whoever died runs again."""
        return self._family() == self._whole

    def arm(self, point: str, *, deaths: int = 1) -> None:
        """All of them at once: who comes second may do so before the first is missed."""
        whole = self._file.with_suffix(".new")
        whole.write_text("\n".join([point] * deaths))
        whole.rename(self._file)

    def disarm(self) -> None:
        for file in (self._file, *self._dead()):
            file.unlink(missing_ok=True)

    def struck(self, deaths: int) -> bool:
        """Whether so many have died since it was armed."""
        return len(self._dead()) >= deaths

    def are_seen(self) -> None:
        """Each process that was struck is gone."""
        for left in self._dead():
            until(partial(_is_gone, int(left.suffix[1:])), "a process should have died", DIES_WITHIN)

    def _dead(self) -> list[Path]:
        """Each that was struck has left its number."""
        return list(self._file.parent.glob(f"{self._file.name}.[0-9]*"))

    def _family(self) -> int:
        """How many of the shop's own processes run: PostgreSQL's helpers come and go."""
        try:
            children = psutil.Process(self._mall.shop.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return 0
        return sum(map(_is_ours, children))


def _is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _is_ours(process: psutil.Process) -> bool:
    try:
        return "manage.py" in " ".join(process.cmdline())
    except psutil.Error:
        return False
