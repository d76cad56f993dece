"""What a person decides of an import: to upload, confirm, check again or undo it. A job does it in the background."""

from __future__ import annotations

from typing import Any, Final

from django.db import transaction

from contracts.messaging import headers
from inventory.errors import ImportMoved
from inventory.import_models import Import, ImportFile, ImportKind, ImportProblem, ImportState
from inventory.imports.limits import MOST_BYTES

ALIAS: Final = "inventory"
ANEW: Final = {"attempts": 0, "done": 0, "total": 0, "error": ""}


def upload(*, kind: ImportKind, file_name: str, content: bytes, actor_id: int) -> int:
    """Take the file in, to be checked; returns the import's id."""
    if len(content) > MOST_BYTES:
        raise ValueError("more than any form lets through")
    with transaction.atomic(using=ALIAS):
        it = Import.objects.create(kind=kind, file_name=file_name[-200:], actor_id=actor_id)
        ImportFile.objects.create(of=it, content=content)
    return it.pk


def check_again(*, import_id: int) -> None:
    """For a catalogue that has changed since. Raises ImportMoved, also where the file is not kept any more."""
    _move(import_id, [ImportState.CHECKED, ImportState.FAILED], ImportState.CHECKING)


def confirm(*, import_id: int, actor_id: int) -> None:
    """Raises ImportMoved, also where a line of the file is wrong: it is all or nothing."""
    _move(import_id, [ImportState.CHECKED], ImportState.APPLYING, confirmed_by=actor_id)


def undo(*, import_id: int, actor_id: int) -> None:
    """Raises ImportMoved: it is undone once."""
    with transaction.atomic(using=ALIAS):
        _move(import_id, [ImportState.APPLIED], ImportState.UNDOING, undone_by=actor_id, problems_found=0)
        ImportProblem.objects.filter(of_id=import_id).delete()


def _move(import_id: int, sources: list[ImportState], target: ImportState, **values: Any) -> None:
    movable = Import.objects.filter(pk=import_id, state__in=sources)
    if target is ImportState.APPLYING:
        movable = movable.filter(problems_found=0)
    if target is ImportState.CHECKING:
        movable = movable.filter(purged_at=None)
    if not movable.update(state=target, headers=headers(), **ANEW, **values):
        raise ImportMoved(import_id=import_id)
