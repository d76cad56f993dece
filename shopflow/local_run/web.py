"""The web server of `up`: it says when it is ready, and ends where its databases are gone for good."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable
from typing import Any

from shopflow.http.server import run, web_server
from shopflow.local_run.console import Console
from shopflow.local_run.errors import CannotStart
from shopflow.local_run.port import HOST
from shopflow.local_run.stopping import Stopping

PAUSE = 0.05
SECOND = 1.0
SILENCE = 10.0


def serve(
    *,
    port: int,
    stopping: Stopping,
    console: Console,
    when_ready: Callable[[], object],
    databases_problem: Callable[[], str],
) -> None:
    """Until a stop is asked for, or there is nothing left to serve from."""
    server = web_server(host=HOST, port=port)

    def watch() -> None:
        _announce(server, port, when_ready, console)
        while not server.interrupt_signal:
            if databases_problem():
                server.signal_handler_interrupt()
            time.sleep(SECOND)

    def listen() -> None:
        stopping.interrupt = server.signal_handler_interrupt
        stopping.hurry.append(lambda: [worker.kill() for worker in server.wrks])
        stopping.listen()  # again: granian takes SIGHUP for a reload
        threading.Thread(target=watch, daemon=True).start()

    server.on_startup(listen)
    try:
        run(server)
    except SystemExit as ended:
        if ended.code and stopping.requested_at is None:
            raise CannotStart("the web server's worker ended twice in a row; its last words are above.") from None
    if stopping.requested_at is None:
        raise CannotStart(databases_problem())


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
