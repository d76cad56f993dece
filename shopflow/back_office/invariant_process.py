"""Runs the invariants in a process of their own: they read every row, which no request has the time for."""

from __future__ import annotations

import subprocess
import sys
from threading import Thread
from typing import Final

from django.conf import settings

from shopflow.back_office.invariant_runs import begin, fail

COMMAND: Final = (sys.executable, "manage.py", "verify_shop", "--run")


def start(*, actor_id: int | None) -> int | None:
    """The id of the run that has begun; None while another is under way."""
    run_id = begin(actor_id=actor_id)
    if run_id is not None:
        _start(run_id)
    return run_id


def _start(run_id: int) -> None:
    try:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [*COMMAND, str(run_id)],
            cwd=settings.BASE_DIR,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        fail(run_id, f"{type(error).__name__}: {error.strerror}")
        raise
    Thread(target=process.wait, name=f"verify_shop {run_id}", daemon=True).start()  # or it would stay as a zombie
