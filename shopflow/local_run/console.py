"""What `up` and `up_split` say: one line for each step, with the seconds of what took long."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil
from django.core.management.base import OutputWrapper

PATIENCE = 1.0
"""Seconds until a line that has not been written shows that nobody reads, for the moment; then nobody waits …"""
KEPT = 1000
"""… and so many lines are kept until somebody does."""


class Console:
    """Its reader may stop reading (Ctrl-S, a pipe): only the thread that writes waits for that, and no process."""

    def __init__(self, output: OutputWrapper) -> None:
        self._output = output
        self._lines: queue.Queue[tuple[str, threading.Event]] = queue.Queue(KEPT)
        self._is_read = True
        self._alone, self._lost = threading.Lock(), 0
        threading.Thread(target=self._write_all, daemon=True).start()

    def say(self, line: str) -> None:
        self.tell(f"  {line}")

    def tell(self, text: str) -> None:
        """Whole, whichever thread tells it. It is written when this returns, unless nobody reads."""
        written = threading.Event()
        try:
            self._lines.put_nowait((text, written))
        except queue.Full:
            with self._alone:
                self._lost += 1
            return
        if self._is_read:
            self._is_read = written.wait(PATIENCE)

    def _write_all(self) -> None:
        while True:
            text, written = self._lines.get()
            self._write(text)
            self._is_read = True
            written.set()
            if self._lost and self._lines.empty():
                with self._alone:
                    lost, self._lost = self._lost, 0
                self._write(f"  {lost} lines are missing here: nobody was reading")

    def _write(self, text: str) -> None:
        """Where nobody listens any more, that is no reason to end."""
        with suppress(OSError, ValueError):
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
