"""Works on the imports that wait, one after the other. Several processes may: each takes another one."""

from __future__ import annotations

import logging
from typing import Final

from django.db import InterfaceError, OperationalError, transaction

from inventory.import_models import Import, ImportProblem, ImportState
from inventory.imports.applying import apply
from inventory.imports.checking import check, keep_problems
from inventory.imports.problems import Refused
from inventory.imports.progress import ALIAS, Progress, progress_of
from inventory.imports.running import rows
from inventory.imports.sql import CLAIM
from inventory.imports.undoing import undo

logger = logging.getLogger(__name__)

MOST_ATTEMPTS: Final = 3
STEPS: Final = {ImportState.CHECKING: check, ImportState.APPLYING: apply, ImportState.UNDOING: undo}
BACK: Final = {ImportState.APPLYING: ImportState.CHECKED, ImportState.UNDOING: ImportState.APPLIED}
"""Where an import stands that was refused a step."""


def run_imports() -> int:
    """Returns how many steps were done."""
    done = 0
    while _run_one():
        done += 1
    return done


def _run_one() -> bool:
    """One transaction: a process that dies in it leaves nothing, but a step that the next one takes up."""
    with transaction.atomic(using=ALIAS):
        claimed = rows(CLAIM)
        if not claimed:
            return False
        it = Import.objects.get(pk=claimed[0][0])
        if it.is_under_way:  # else another process has just finished it
            with progress_of(it.pk) as progress:
                _take_up(it, progress)
    return True


def _take_up(it: Import, progress: Progress) -> None:
    state = ImportState(it.state)
    if progress.begin() > MOST_ATTEMPTS:
        _fail(it, state, "The process that worked on it died each time. Try a smaller file.")
        return
    try:
        with transaction.atomic(using=ALIAS):
            STEPS[state](it, progress)
    except Refused as refused:
        keep_problems(it.pk, refused.problems)
        Import.objects.filter(pk=it.pk).update(state=BACK[state], problems_found=len(refused.problems))
    except (OperationalError, InterfaceError):  # the database is away, or two waited for each other: again
        raise
    except Exception:
        logger.exception("import %s broke", it.pk)
        _fail(it, state, "It broke, by a fault of ours that is in the log. Nothing of this step was done.")


def _fail(it: Import, state: ImportState, error: str) -> None:
    ImportProblem.objects.filter(of=it).delete()
    back = ImportState.APPLIED if state is ImportState.UNDOING else ImportState.FAILED
    Import.objects.filter(pk=it.pk).update(state=back, error=error, problems_found=0)
