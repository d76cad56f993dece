"""A process that works on imports, and halts in the middle of a transaction, so that somebody can kill it there.

python -m inventory.tests.imports.halting STEP
"""

from __future__ import annotations

import sys
import time

import django

django.setup()

from inventory.imports import applying, job, progress  # noqa: E402 - models need the apps
from inventory.imports.progress import Progress  # noqa: E402

tell = Progress.tell


def halt(self: Progress, done: int, total: int) -> None:
    tell(self, done, total)
    if done == int(sys.argv[1]):
        print("halted", flush=True)  # noqa: T201 - the test reads it
        time.sleep(600)


applying.AT_ONCE = 1  # type: ignore[misc]
progress.PAUSE = 0.0  # type: ignore[misc]
Progress.tell = halt  # type: ignore[method-assign]
job.run_imports()
