"""The web server: granian's main loop in this process, the app in one worker."""

from __future__ import annotations

import functools
import http.client
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from shopflow.local_run.console import Console
from shopflow.local_run.errors import CannotStart
from shopflow.local_run.port import HOST
from shopflow.local_run.stopping import Stopping
from shopflow.parent import dies_with

THREADS = 8
"""Requests in Python at once. More would wait for the interpreter, and hold four database connections each."""

GRACE = 10
"""Seconds for the requests under way when a stop is asked for."""

PAUSE = 0.05
SECOND = 1.0
SILENCE = 10.0


def serve(
    *,
    port: int,
    stopping: Stopping,
    console: Console,
    when_ready: Callable[[], object],
    has_databases: Callable[[], bool],
) -> None:
    """Until a stop is asked for, or there is nothing left to serve from."""
    server: Any = Server(
        "shopflow.wsgi:application",
        address=HOST,
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

    def watch() -> None:
        _announce(server, port, when_ready, console)
        while not server.interrupt_signal:
            if not has_databases():
                server.signal_handler_interrupt()
            time.sleep(SECOND)

    def listen() -> None:
        stopping.interrupt = server.signal_handler_interrupt
        stopping.hurry.append(lambda: [worker.kill() for worker in server.wrks])
        stopping.listen()  # again: granian takes SIGHUP for a reload
        threading.Thread(target=watch, daemon=True).start()

    server.on_startup(listen)
    try:
        server.serve(target_loader=functools.partial(_load, os.getpid()), wrap_loader=False)
    except SystemExit as ended:
        if ended.code and stopping.requested_at is None:
            raise CannotStart("the web server's worker ended twice in a row; its last words are above.") from None
    if stopping.requested_at is None:
        raise CannotStart("PostgreSQL was ended from outside, so the shop ended, too. Its data is safe: start again.")


def _load(parent: int) -> Any:
    """In the worker: away from the terminal's Ctrl-C, which is for its parent, and never without that."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    dies_with(parent, signal.SIGKILL)()
    from shopflow.wsgi import application  # noqa: PLC0415  # here, because it starts the relay's thread

    return application


def _announce(server: Any, port: int, when_ready: Callable[[], object], console: Console) -> None:
    began = told = time.monotonic()
    while not server.interrupt_signal:
        answer = _ask(port) if server.wrks else ""
        if answer == "200":
            when_ready()
            return
        if time.monotonic() - told > SILENCE:
            told = time.monotonic()
            console.say(f"waiting for /health/ready ({told - began:.0f} s): {answer}")
        time.sleep(PAUSE)


def _ask(port: int) -> str:
    """The status of /health/ready, with its body where that is not 200."""
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/health/ready")
        response = connection.getresponse()
        return "200" if response.status == 200 else f"{response.status} {response.read(200).decode(errors='replace')}"
    except (OSError, http.client.HTTPException) as error:
        return str(error)
    finally:
        connection.close()
