"""What `up` says: one line for each step, with the seconds of what took long."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil


class Console:
    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write

    def say(self, line: str) -> None:
        self._write(f"  {line}")

    def tell(self, text: str) -> None:
        self._write(text)

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Said before it begins, so that a reader knows what is being waited for, and after, if it took a while."""
        self.say(f"{what} …")
        began = time.monotonic()
        yield
        if (seconds := time.monotonic() - began) >= 1:
            self.say(f"    done in {seconds:.1f} s")

    @property
    def elapsed(self) -> float:
        """Seconds since the command was typed: an install before this, in the same process, counts."""
        return time.time() - psutil.Process().create_time()
