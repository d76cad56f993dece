"""What `up` and `up_split` say: one line for each step, with the seconds of what took long."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil
from django.core.management.base import OutputWrapper


class Console:
    def __init__(self, output: OutputWrapper) -> None:
        self._output = output
        self._alone = threading.Lock()

    def say(self, line: str) -> None:
        self.tell(f"  {line}")

    def tell(self, text: str) -> None:
        """Whole, whichever thread tells it; and where nobody listens any more, that is no reason to end."""
        with self._alone, suppress(OSError):
            self._output.write(text)
            self._output.flush()

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
