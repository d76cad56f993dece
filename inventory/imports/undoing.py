"""Takes an import back: stock by movements the other way, fields to what they were, new products into the archive."""

from __future__ import annotations

import json

from django.contrib.postgres.functions import TransactionNow

from inventory.import_models import Import, ImportKind, ImportState
from inventory.imports import sql
from inventory.imports.applying import change, changed, chunks, move_stock
from inventory.imports.problems import Refused
from inventory.imports.progress import Progress
from inventory.imports.running import run
from inventory.models import MovementKind


def undo(it: Import, progress: Progress) -> None:
    """As a whole or not at all: what somebody has changed since is not overwritten. Raises Refused."""
    run(sql.LOCK, import_id=it.pk)
    if it.kind == ImportKind.STOCK:
        move_stock(it, progress, delta=sql.UNCOUNTED, kind=MovementKind.UNDO, actor_id=it.undone_by)
    else:
        _change_back(it, progress)
    Import.objects.filter(pk=it.pk).update(
        state=ImportState.UNDONE,
        undone_at=TransactionNow(),  # as `archived_at` of what it takes back, which a later import knows by that
        problems_found=0,
        error="",
    )


def _change_back(it: Import, progress: Progress) -> None:
    if problems := changed(sql.CHANGED_SINCE_IMPORT, it, shown="after"):
        raise Refused(problems)
    headers = json.dumps(it.headers)
    changing_back = change(it, values="before")
    for lines in chunks(it, progress):
        run(changing_back, **lines, headers=headers)
        run(sql.ARCHIVE, **lines, headers=headers)
