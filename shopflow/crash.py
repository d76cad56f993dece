"""For crash tests: a process that dies at a step of an order, as if the power had gone."""

from __future__ import annotations

import os
import signal
from functools import partial
from pathlib import Path

from contracts import steps


def arm(file: Path) -> None:
    """From here on, the process that reaches the step that `file` names ("before charge") dies there.

    Once: the file has the number of the dead process added to its name then, and the test writes it anew for the next
    death, with no process started again.
    """
    steps.watch(partial(_reached, file))


def _reached(file: Path, step: str) -> None:
    try:
        if file.read_text().strip() != step:
            return
        file.rename(file.with_name(f"{file.name}.{os.getpid()}"))  # of all who come here at once, one dies
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
