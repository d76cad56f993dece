"""For crash tests: a process that dies at a step of an order, as if the power had gone."""

from __future__ import annotations

import os
import signal
from functools import partial
from pathlib import Path

from contracts import steps


def arm(file: Path) -> None:
    """From here on, the process that reaches the step that `file` names ("before charge") dies there.

    A line of the file is one death. The process takes it away under a name with its number, leaving the lines after its
    own for whoever comes next; the test writes it anew for another death, with no process started again.
    """
    steps.watch(partial(_reached, file))


def _reached(file: Path, step: str) -> None:
    try:
        if _deaths(file)[0] != step:
            return
        ours = file.rename(file.with_name(f"{file.name}.{os.getpid()}"))  # of all who come here at once, one dies
    except FileNotFoundError:
        return
    if others := _deaths(ours)[1:]:
        left = file.with_name(f"{file.name}.next")
        left.write_text("\n".join(others))
        left.rename(file)
    os.kill(os.getpid(), signal.SIGKILL)


def _deaths(file: Path) -> list[str]:
    return file.read_text().splitlines() or [""]
