"""A child that does not outlive its parent, even one killed with SIGKILL. On Linux; elsewhere it only starts it.

Run as a program it makes the request to the kernel and becomes the command. `subprocess` could do that between fork and
exec, but no Python may run there in a process that speaks gRPC: one child in a hundred did not live to its exec.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
SAME = "-"
NOT_FOUND = 127
"""A shell's exit code for it."""


def dying_with_us(
    sign: signal.Signals, command: Iterable[str | Path], *, user: int | None = None, group: int | None = None
) -> list[str]:
    """The command to start in its place, as that user. The child gets `sign` when this thread ends.

    The kernel watches the thread that started the child: start it from one that lives as long as the process.
    """
    identity = [SAME if number is None else str(number) for number in (user, group)]
    return [sys.executable, "-I", "-S", __file__, str(int(sign)), str(os.getpid()), *identity, *map(str, command)]


def dies_with(parent: int, sign: signal.Signals) -> Callable[[], None]:
    """For a child that asks for itself. After a change of its user, which would clear the request."""

    def ask() -> None:
        if LIBC is None:
            return
        LIBC.prctl(PR_SET_PDEATHSIG, sign)
        if os.getppid() != parent:  # it died before we asked
            os.kill(os.getpid(), signal.SIGKILL)

    return ask


def _become(sign: str, parent: str, user: str, group: str, *command: str) -> None:
    if group != SAME:
        os.setgroups([])
        os.setgid(int(group))
    if user != SAME:
        os.setuid(int(user))
    dies_with(int(parent), signal.Signals(int(sign)))()
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):  # by Python, and the command would inherit that
        signal.signal(ignored, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)  # noqa: S606  # no shell is meant
    except OSError as error:
        sys.stderr.write(f"cannot be started: {error.strerror}: {command[0]}\n")
        sys.exit(NOT_FOUND)


if __name__ == "__main__":
    _become(*sys.argv[1:])
