"""One process of a running split, and what can happen to it."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

from tests.e2e.shop import Shop, until

RETURNS_WITHIN = 30.0
STOPPED, RUNNING = 0.045, 0.005
"""Seconds, in turn: a tenth of its speed."""


class Service:
    """By its name on the console: `orders` answers over HTTP, `orders-grpc` over gRPC."""

    def __init__(self, shop: Shop, name: str) -> None:
        self.name = name
        self._shop = shop
        context = name.removesuffix("-grpc")
        self._words = {
            "relay": "manage.py relay",
            "redis": "redis-server",
            "gateway": "envoy --config-path",
            context + "-grpc": f"manage.py serve_grpc {context} ",
        }.get(name, f"manage.py serve_http {context} ")

    def kill(self) -> None:
        """`kill -9`; returns when another runs in its place."""
        killed = self._process()
        killed.kill()
        until(lambda: self._found() not in (None, killed), f"another {self.name}", RETURNS_WITHIN)
        until(self._listens, f"{self.name} on its port", RETURNS_WITHIN)

    @contextmanager
    def paused(self) -> Iterator[None]:
        family = self._family()
        _send(family, signal.SIGSTOP)
        try:
            yield
        finally:
            _send(family, signal.SIGCONT)

    @contextmanager
    def slowed(self) -> Iterator[None]:
        """It runs for a moment, and stands still for nine."""
        over, family = threading.Event(), self._family()

        def stutter() -> None:
            while not over.is_set():
                _send(family, signal.SIGSTOP)
                over.wait(STOPPED)  # this is the fault, not a wait for something
                _send(family, signal.SIGCONT)
                over.wait(RUNNING)

        thread = threading.Thread(target=stutter)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    @property
    def port(self) -> int:
        command = self._process().cmdline()
        return int(command[command.index("--port") + 1])

    def _process(self) -> psutil.Process:
        found = self._found()
        assert found is not None, f"{self.name} does not run"
        return found

    def _found(self) -> psutil.Process | None:
        for child in psutil.Process(self._shop.process.pid).children():
            with suppress(psutil.NoSuchProcess):
                if self._words in " ".join(child.cmdline()) + " ":
                    return child
        return None

    def _listens(self) -> bool:
        if "--port" not in self._process().cmdline():
            return True
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def _family(self) -> list[psutil.Process]:
        """A web server has a worker."""
        process = self._process()
        return [process, *process.children()]


def _send(family: list[psutil.Process], number: signal.Signals) -> None:
    for process in family:
        process.send_signal(number)
