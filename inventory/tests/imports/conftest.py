"""Files as people send them, and the import of one, step by step."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook

from inventory.import_models import Import, ImportKind
from inventory.imports import deciding
from inventory.imports.job import run_imports

PRODUCTS = ImportKind.PRODUCTS
STOCK = ImportKind.STOCK
ACTOR = 7


def check(content: str | bytes, *, kind: ImportKind = PRODUCTS, name: str = "list.csv") -> Import:
    """Uploaded and checked."""
    raw = content.encode() if isinstance(content, str) else content
    import_id = deciding.upload(kind=kind, file_name=name, content=raw, actor_id=ACTOR)
    run_imports()
    return Import.objects.get(pk=import_id)


def apply(content: str | bytes, *, kind: ImportKind = PRODUCTS, name: str = "list.csv") -> Import:
    """Uploaded, checked, confirmed and applied."""
    return confirm(check(content, kind=kind, name=name))


def confirm(it: Import) -> Import:
    deciding.confirm(import_id=it.pk, actor_id=ACTOR + 1)
    run_imports()
    it.refresh_from_db()
    return it


def undo(it: Import) -> Import:
    deciding.undo(import_id=it.pk, actor_id=ACTOR + 2)
    run_imports()
    it.refresh_from_db()
    return it


def problems(it: Import) -> list[tuple[int, str, str]]:
    return [*it.problems.order_by("id").values_list("line", "column", "message")]


def differences(it: Import) -> list[tuple[int, str, Any, Any]]:
    return [*it.differing.order_by("line").values_list("line", "sku", "before", "after")]


def workbook(*rows: Sequence[Any]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(list(row))  # type: ignore[union-attr]  # a new one has a sheet
    return saved(book)


def saved(book: Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
