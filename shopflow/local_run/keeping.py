"""PostgreSQL is started again where it ended and nobody here asked it to: the shop outlives its server's death."""

from __future__ import annotations

import threading
import time

from shopflow.local_run.console import Console
from shopflow.postgres import EmbeddedPostgres

LOOK = 0.05
TRIES = 3
"""Starts that fail in a row, until that is taken for final …"""
PAUSE = 1.0
"""… and the seconds between them."""


class KeptPostgres:
    """From a thread that lives as long as the process: the kernel would end the server with whoever started it."""

    def __init__(self, server: EmbeddedPostgres, console: Console) -> None:
        self._server, self._console = server, console
        self._over = threading.Event()
        self._starts = threading.Lock()
        self._problem = ""

    def keep(self) -> None:
        threading.Thread(target=self._look_after, name="postgres", daemon=True).start()

    def stop(self) -> None:
        """For good; one that is just coming up comes up first."""
        self._over.set()
        with self._starts:
            self._server.stop()

    def stop_at_once(self) -> None:
        self._over.set()
        self._server.stop(hurry=True)

    def problem(self) -> str:
        """Why there will be no databases any more; empty: they are there, or will be in a moment."""
        return self._problem

    def _look_after(self) -> None:
        while not self._problem:
            time.sleep(LOOK)
            if not self._server.is_running:
                self._problem = self._start_again()

    def _start_again(self) -> str:
        for _ in range(TRIES):
            with self._starts:
                if self._over.is_set():
                    return ""
                problem = self._start()
            if not problem or self._over.wait(PAUSE):
                return ""
        return f"PostgreSQL ended and cannot be started again: {problem}"

    def _start(self) -> str:
        began = time.monotonic()
        self._console.say("PostgreSQL ended; starting it again …")
        try:
            self._server.start()
        except Exception as error:  # noqa: BLE001 - whatever it is: nobody else would try again
            return str(error) or type(error).__name__
        self._console.say(f"    PostgreSQL runs again, after {time.monotonic() - began:.1f} s")
        return ""
