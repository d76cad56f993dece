"""The web server: granian's main loop in this process, the app in one worker."""

from __future__ import annotations

import functools
import os
import signal
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from shopflow.parent import dies_with

THREADS = 8
"""Requests in Python at once. More would wait for the interpreter, and hold a connection to each database."""

GRACE = 10
"""Seconds for the requests under way when a stop is asked for."""


def web_server(*, host: str, port: int) -> Any:
    return Server(
        "shopflow.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        blocking_threads_idle_timeout=600,  # a thread that ends takes its warm database connections with it
        backlog=2048,
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        workers_kill_timeout=GRACE,
    )


def run(server: Any) -> None:
    """Until a stop is asked for; SystemExit where the worker ended twice in a row."""
    server.serve(target_loader=functools.partial(_load, os.getpid()), wrap_loader=False)


def _load(parent: int) -> Any:
    """In the worker: away from the terminal's Ctrl-C, which is for its parent, and never without that."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    dies_with(parent, signal.SIGKILL)()
    from shopflow.wsgi import application  # noqa: PLC0415  # here, because it starts the relay's thread

    return application
