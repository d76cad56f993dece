"""The channel to a peer: opened when it is first needed, and anew when what it was opened with has changed."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from time import monotonic

import grpc

LOOK_EVERY = 5.0
"""Seconds; and at once after a call that was not answered."""
LONGEST_CALL = 120.0
"""Seconds for which a channel that was replaced stays open, for the calls under way on it."""


class RenewedChannel:
    """`renewed` gives another channel where the present one is out of date, and else None."""

    def __init__(self, opened: Callable[[], grpc.Channel], renewed: Callable[[], grpc.Channel | None]) -> None:
        self._opened = opened
        self._renewed = renewed
        self._lock = threading.Lock()
        self._channel: grpc.Channel | None = None
        self._look_at = 0.0
        self._replaced: deque[tuple[float, grpc.Channel]] = deque()

    def get(self) -> grpc.Channel:
        with self._lock:
            now = monotonic()
            if self._channel is None:
                self._channel = self._opened()
                self._look_at = now + LOOK_EVERY
            elif now >= self._look_at:
                self._look_at = now + LOOK_EVERY
                self._renew(self._channel, now)
            return self._channel

    def suspect(self) -> None:
        """The next call looks whether the channel is out of date."""
        self._look_at = 0.0

    def close(self) -> None:
        with self._lock:
            self._close_replaced(before=float("inf"))
            if self._channel is not None:
                self._channel.close()
                self._channel = None

    def _renew(self, present: grpc.Channel, now: float) -> None:
        self._close_replaced(before=now - LONGEST_CALL)
        if (channel := self._renewed()) is not None:
            self._replaced.append((now, present))
            self._channel = channel

    def _close_replaced(self, *, before: float) -> None:
        while self._replaced and self._replaced[0][0] < before:
            self._replaced.popleft()[1].close()
