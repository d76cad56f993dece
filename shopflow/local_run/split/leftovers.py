"""What a run that was killed may have left: not every kernel ends children with their parent, and none at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import psutil

PATIENCE = 5.0


class Leftovers:
    """`path` holds the process ids of the present run, with the time each began: an id alone may be another's now."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def note(self, pids: Iterable[int]) -> None:
        lines = [f"{process.pid} {process.create_time()}" for process in _alive(pids)]
        unfinished = self._path.with_suffix(".new")
        unfinished.write_text("\n".join(lines))
        unfinished.rename(self._path)

    def forget(self) -> None:
        self._path.unlink(missing_ok=True)

    def end(self) -> bool:
        """Whether there was a run that did not end in order; what is left of it is killed."""
        if not self._path.exists():
            return False
        left = [process for family in self._noted() for process in _family(family)]
        for process in left:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(left, timeout=PATIENCE)
        self.forget()
        return True

    def _noted(self) -> Iterator[psutil.Process]:
        for line in self._path.read_text().splitlines():
            pid, began = line.split()
            for process in _alive([int(pid)]):
                if str(process.create_time()) == began:
                    yield process


def _alive(pids: Iterable[int]) -> Iterator[psutil.Process]:
    for pid in pids:
        try:
            yield psutil.Process(pid)
        except psutil.NoSuchProcess:
            continue


def _family(process: psutil.Process) -> list[psutil.Process]:
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
