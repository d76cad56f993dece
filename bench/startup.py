"""`manage.py up`, until /health/ready is 200: with nothing there yet, and again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench.postgres import ROOT
from bench.servers import free_port, stop, wait_until_ready
from shopflow.parent import dying_with_us
from shopflow.postgres import socket_directory


@dataclass(frozen=True, slots=True)
class StartUp:
    first_seconds: float
    second_seconds: float


def measure(directory: Path) -> StartUp:
    state = directory / "up"
    try:
        return StartUp(_seconds(state), _seconds(state))
    finally:
        shutil.rmtree(socket_directory(state / "postgres"), ignore_errors=True)
        shutil.rmtree(state, ignore_errors=True)


def _seconds(state: Path) -> float:
    port = free_port()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("SHOPFLOW_", "DJANGO_"))}
    began = time.monotonic()
    process = subprocess.Popen(
        dying_with_us(signal.SIGTERM, [sys.executable, "manage.py", "up"]),
        cwd=ROOT,
        env={**inherited, "SHOPFLOW_STATE": str(state), "PORT": str(port)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_until_ready(port, process)
        return time.monotonic() - began
    finally:
        stop(process)
