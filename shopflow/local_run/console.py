"""What `up` and `up_split` say: one line for each step, with the seconds of what took long."""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import UnsupportedOperation

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
        """Where nobody listens any more, that is no reason to end.

        Past Python's buffer: its lock would be held for as long as nobody reads, and no process can end without it.
        """
        with suppress(OSError, ValueError):
            self._output.flush()
            if (descriptor := _descriptor(self._output)) is None:
                self._output.write(text)
                return
            rest = f"{text}\n".encode(errors="replace")
            while rest:
                rest = rest[os.write(descriptor, rest) :]

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


def _descriptor(output: OutputWrapper) -> int | None:
    """None: it is no file, but a string in memory."""
    try:
        return int(output.fileno())
    except (AttributeError, UnsupportedOperation):
        return None
