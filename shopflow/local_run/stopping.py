"""SIGINT, SIGTERM and SIGHUP end `up` in order; another one, when that takes too long for somebody, in a hurry."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

SAME_REQUEST = 1.0
"""Seconds within which a second signal is an echo of the first: make, a terminal and `timeout` may each send one."""


class StopRequested(BaseException):
    """Somebody asked us to stop before the web server ran. Not an Exception: nothing on the way may swallow it."""


class Stopping:
    def __init__(self) -> None:
        self.requested_at: float | None = None
        self.interrupt: Callable[[], object] | None = None
        """What a request does once there is a server to interrupt; until then it raises StopRequested."""
        self.hurry: list[Callable[[], object]] = []

    def listen(self) -> None:
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # started with nohup, a hang-up stays ignored
                signal.signal(number, self._on_signal)

    def over(self) -> None:
        """Everything has ended: one more signal shall not change the exit code."""
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if self.requested_at is None:
            self.requested_at = now
            if self.interrupt is None:
                raise StopRequested
            self.interrupt()
        elif now - self.requested_at > SAME_REQUEST:
            for act in self.hurry:
                act()
