"""`manage.py up` (or runserver, or up_split) in a process group of its own, as a terminal would start it."""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from shopflow.gateway.places import ADMIN_PORT, GRPC_PORTS, HTTP_PORTS
from shopflow.local_run.port import is_free

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 60.0


def until(condition: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.01)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_offset() -> int:
    """SHOPFLOW_PORT_OFFSET of a split: all its ports are free, and none is one that the kernel hands out."""
    while True:
        offset = random.randrange(11_000, 15_000, 10)
        if all(
            is_free("127.0.0.1", port + offset) for port in (*HTTP_PORTS.values(), *GRPC_PORTS.values(), ADMIN_PORT)
        ):
            return offset


class Shop:
    def __init__(self, state: Path, port: int | None = None, command: str = "up", **environment: str) -> None:
        self.state = state
        self.port = port or free_port()
        state.mkdir(exist_ok=True)
        self._log = state / "up.log"
        settings = {"SHOPFLOW_STATE": str(state), "PORT": str(self.port), "PYTHONUNBUFFERED": "1"}
        if command == "up_split":
            settings["SHOPFLOW_PORT_OFFSET"] = str(free_offset())
        environment = {**settings, **environment}
        self.offset = environment.get("SHOPFLOW_PORT_OFFSET", "")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "SHOPFLOW_"))}
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", command],
                cwd=ROOT,
                env={**inherited, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        return self._log.read_text()

    def says(self, text: str) -> None:
        """Waits for it."""
        until(lambda: text in self.output or self.process.poll() is not None, f"{text!r}")
        assert text in self.output, f"up ended with {self.process.returncode}:\n{self.output}"

    def ready(self) -> Shop:
        self.says("ShopFlow is ready")
        return self

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> int:
        return self.process.wait(PATIENCE)

    def kill_group(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.ended()

    def processes(self) -> list[psutil.Process]:
        """Whatever belongs to this shop, whoever its parent is now."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def leaves_nothing(self) -> None:
        until(lambda: not self.processes(), f"{self.processes()} should end")

    def ask(self, method: str, path: str, body: Any = None, *, token: str = "") -> tuple[int, Any]:
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, json.dumps(body) if body else None, headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def _is_ours(self, process: psutil.Process) -> bool:
        mark = str(self.state)
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            traces = [process.environ().get("SHOPFLOW_STATE", ""), process.cwd(), *process.cmdline()]
        except psutil.Error:
            return False
        return any(mark in trace for trace in traces)
