"""The files of old imports end. What they changed stays, for the record and for its undoing."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db import transaction
from django.db.models.functions import Coalesce, Now

from inventory.import_models import UNDER_WAY, Import, ImportFile, ImportProblem, ImportRow, ImportState
from inventory.imports.limits import DAYS_KEPT

ALIAS: Final = "inventory"
UNDECIDED: Final = (ImportState.CHECKED, ImportState.FAILED)


def purge_imports() -> int:
    """Forget the bytes of those older than `DAYS_KEPT`, each in a transaction of its own; returns how many."""
    purged = 0
    while _purge_one():
        purged += 1
    return purged


def _purge_one() -> bool:
    """Its row, which has no bytes then, is what undoing locks."""
    old = Import.objects.alias(since=Coalesce("checked_at", "created_at")).filter(
        since__lt=Now() - timedelta(days=DAYS_KEPT), purged_at=None
    )
    with transaction.atomic(using=ALIAS):
        it = old.exclude(state__in=UNDER_WAY).select_for_update(skip_locked=True, no_key=True).first()
        if it is None:
            return False
        ImportFile.objects.filter(of=it).update(content=b"")
        Import.objects.filter(pk=it.pk).update(purged_at=Now())
        if it.state in UNDECIDED:
            _give_up(it)
    return True


def _give_up(it: Import) -> None:
    """Nothing came of it, and nothing can any more."""
    ImportRow.objects.filter(of=it).delete()
    ImportProblem.objects.filter(of=it).delete()
    error = f"Nobody confirmed it within {DAYS_KEPT} days, so its file is not kept any more. Upload it anew."
    Import.objects.filter(pk=it.pk).update(state=ImportState.FAILED, error=error, problems_found=0)
