"""A child that does not outlive its parent, even one killed with SIGKILL. On Linux; elsewhere this does nothing."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def dies_with(parent: int, sign: signal.Signals) -> Callable[[], None]:
    """Runs in the child, after it changed its user (which would clear the request) and before exec.

    The kernel watches the thread that started the child: start it from one that lives as long as the process.
    """

    def ask() -> None:
        if LIBC is None:
            return
        LIBC.prctl(PR_SET_PDEATHSIG, sign)
        if os.getppid() != parent:  # it died before we asked
            os.kill(os.getpid(), signal.SIGKILL)

    return ask
