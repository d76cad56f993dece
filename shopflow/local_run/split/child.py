"""One supervised process: its lines come under its name, and where it dies it is started again."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Callable
from typing import IO

from django.conf import settings

from shopflow.local_run.errors import CannotStart
from shopflow.local_run.split.program import Program
from shopflow.parent import dying_with_us

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0
"""Seconds until a process that died is started again: twice as many each time …"""
STEADY = 1.0
"""… unless it had been well: it had said that it runs or, of a process that says nothing, had lived for so many."""


class Child:
    """`hear` gets each line of it, on stdout or stderr, from a thread of its own; and what happens to it."""

    def __init__(self, program: Program, hear: Callable[[str, str], object]) -> None:
        self.program = program
        self.deaths = 0
        self._hear = hear
        self._runs = not program.says
        self._pause = 0.0
        self._again_at: float | None = None
        self._process = self._first()

    @property
    def pid(self) -> int:
        return self._process.pid

    def problem(self) -> str:
        """Why it cannot be used yet; empty: it can."""
        if self._process.poll() is not None:
            return "it ended"
        return self.program.problem() if self._runs else "it is starting"

    def revive(self) -> bool:
        """Called again and again: whether it was just started, because it had died and the pause is over."""
        code = self._process.poll()
        if code is None:
            return False
        now = time.monotonic()
        if self._again_at is None:
            how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
            self._bury(f"ended ({how})", now)
        elif now >= self._again_at:
            return self._start_again(now)
        return False

    def ask_to_stop(self) -> None:
        self._process.terminate()

    def wait(self, seconds: float) -> None:
        """Until it has ended; if that takes longer, it is killed."""
        try:
            self._process.wait(max(0, seconds))
        except subprocess.TimeoutExpired:
            self._hear(self.program.name, f"has not stopped in {seconds:.0f} s; killing it")
            self.kill()
            self._process.wait()

    def kill(self) -> None:
        self._process.kill()

    def _first(self) -> subprocess.Popen[bytes]:
        try:
            return self._spawn()
        except OSError as error:
            raise CannotStart(f"{self.program.name} cannot be started: {error}.") from error

    def _start_again(self, now: float) -> bool:
        try:
            self._process = self._spawn()
        except OSError as error:  # too many processes, or its file is just being replaced: that may pass
            self._bury(f"cannot be started ({error.strerror})", now)
            return False
        self._again_at = None
        return True

    def _bury(self, how: str, now: float) -> None:
        self.deaths += 1
        was_well = self._runs if self.program.says else now - self._started_at >= STEADY
        self._pause = FIRST_PAUSE if was_well or not self._pause else min(2 * self._pause, LONGEST_PAUSE)
        self._runs = not self.program.says
        self._again_at = now + self._pause
        self._hear(self.program.name, f"{how}; starting it again in {self._pause:.1f} s")

    def _spawn(self) -> subprocess.Popen[bytes]:
        """From the main thread only: the kernel ends the child with the thread that started it."""
        self._started_at = time.monotonic()
        process = subprocess.Popen(  # noqa: S603  # our own programs
            dying_with_us(signal.SIGKILL, self.program.command),
            cwd=settings.BASE_DIR,
            env=dict(self.program.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C in the terminal is for us; we stop our children in order
        )
        assert process.stdout  # noqa: S101  # for the type checker: it was asked for
        threading.Thread(target=self._listen, args=[process.stdout], daemon=True).start()
        return process

    def _listen(self, output: IO[bytes]) -> None:
        with output:
            for line in output:
                text = line.decode(errors="replace").rstrip()
                if self.program.says and text.startswith(self.program.says):
                    self._runs = True
                self._hear(self.program.name, text)
