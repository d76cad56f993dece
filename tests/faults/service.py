"""One process of a running split, and what can happen to it."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from tests.e2e.shop import Shop, until

RETURNS_WITHIN = 30.0
STOPPED, RUNNING = 0.045, 0.005
"""Seconds, in turn: a tenth of its speed."""
MOSTLY = 0.5
"""Of the times it was told to stop; a process that waits for a disk does so a little later."""
STOPS_WITHIN = 5.0


class Service:
    """By its name on the console: `orders` answers over HTTP, `orders-grpc` over gRPC, `orders-worker` nobody."""

    def __init__(self, shop: Shop, name: str) -> None:
        self.name = name
        self._shop = shop
        self._context = context = name.partition("-")[0]
        self._words = {
            "beat": "manage.py beat ",
            context + "-worker": f"manage.py worker {context} ",
            "redis": "redis-server",
            "gateway": "envoy --config-path",
            context + "-grpc": f"manage.py serve_grpc {context} ",
        }.get(name, f"manage.py serve_http {context} ")

    def kill(self) -> None:
        """`kill -9`; returns when another runs in its place."""
        killed, before = self._process(), len(self._shop.output)
        killed.kill()
        until(lambda: self._found() not in (None, killed), f"another {self.name}", RETURNS_WITHIN)
        assert not killed.is_running()
        until(lambda: self._died_since(before), f"the supervisor says that {self.name} was killed", RETURNS_WITHIN)
        until(self._listens, f"{self.name} on its port", RETURNS_WITHIN)

    @contextmanager
    def paused(self) -> Iterator[None]:
        family = self._family()
        _send(family, signal.SIGSTOP)
        try:
            until(lambda: _stands_still(family), f"{self.name} stopped", STOPS_WITHIN)
            yield
            assert _stands_still(family), f"{self.name} ran on"
        finally:
            _send(family, signal.SIGCONT)
        assert self._found() == family[0], f"another {self.name}"

    @contextmanager
    def slowed(self) -> Iterator[None]:
        """It runs for a moment, and stands still for nine."""
        over, family = threading.Event(), self._family()
        stood_still: list[bool] = []

        def stutter() -> None:
            while not over.is_set():
                _send(family, signal.SIGSTOP)
                if not over.wait(STOPPED):  # this is the fault, not a wait for something
                    stood_still.append(_stands_still(family))
                _send(family, signal.SIGCONT)
                over.wait(RUNNING)

        thread = threading.Thread(target=stutter)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
        assert stood_still.count(True) > MOSTLY * len(stood_still), f"{self.name} was not slowed"
        assert self._found() == family[0], f"another {self.name}"

    @property
    def port(self) -> int:
        command = self._process().cmdline()
        return int(command[command.index("--port") + 1])

    def _process(self) -> psutil.Process:
        found = self._found()
        assert found is not None, f"{self.name} does not run"
        assert self._is_named(found), f"not {self.name}: {found.cmdline()}"
        return found

    def _found(self) -> psutil.Process | None:
        for child in psutil.Process(self._shop.process.pid).children():
            with suppress(psutil.NoSuchProcess):
                if self._words in " ".join(child.cmdline()) + " " and not _is_still_starting(child):
                    return child
        return None

    def _is_named(self, process: psutil.Process) -> bool:
        """By more than the words it was found by: its program, and the identity that it was given."""
        command = process.cmdline()
        programs = {"redis": "redis-server", "gateway": "envoy"}
        if self.name in programs:
            return Path(process.exe()).name == programs[self.name]  # Redis writes over its command line
        if self.name == "beat":
            return command[1:] == ["manage.py", "beat"]
        serve = {"grpc": "serve_grpc", "worker": "worker"}.get(self.name.partition("-")[2], "serve_http")
        told = process.environ()
        given = told.get("SHOPFLOW_SERVICE", told.get("SHOPFLOW_SERVE"))  # the back office has no name among services
        return command[1:4] == ["manage.py", serve, self._context] and given == self._context

    def _died_since(self, before: int) -> bool:
        """So the supervisor says: it knows by itself which of its children that was."""
        said = (line.partition(" | ") for line in self._shop.output[before:].splitlines())
        return any(name.strip() == self.name and what.startswith("ended (SIGKILL)") for name, _, what in said)

    def _listens(self) -> bool:
        if "--port" not in self._process().cmdline():
            return True
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def _family(self) -> list[psutil.Process]:
        """A web server has a worker."""
        process = self._process()
        return [process, *process.children(recursive=True)]


def _is_still_starting(process: psutil.Process) -> bool:
    """It has the words already, but is not yet what it becomes."""
    return any(part.endswith("shopflow/parent.py") for part in process.cmdline()[:4])


def _stands_still(family: list[psutil.Process]) -> bool:
    return all(process.status() == psutil.STATUS_STOPPED for process in family)


def _send(family: list[psutil.Process], number: signal.Signals) -> None:
    for process in family:
        process.send_signal(number)
