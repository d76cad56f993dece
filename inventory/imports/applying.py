"""Makes the differences that were shown and confirmed: all of them, and no others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from django.db.models.functions import Now

from inventory.import_models import Import, ImportKind, ImportState
from inventory.imports import fields_sql, sql
from inventory.imports.limits import MOST_PROBLEMS
from inventory.imports.problems import Problem, Refused
from inventory.imports.progress import Progress
from inventory.imports.running import rows, run
from inventory.models import MovementKind

AT_ONCE: Final = 2000


def apply(it: Import, progress: Progress) -> None:
    """Raises Refused."""
    run(sql.LOCK, import_id=it.pk)
    _refuse_where_renamed(it)
    if it.kind == ImportKind.STOCK:
        move_stock(it, progress, delta=sql.COUNTED, kind=MovementKind.COUNT, actor_id=it.confirmed_by)
    else:
        _change_products(it, progress)
    Import.objects.filter(pk=it.pk).update(state=ImportState.APPLIED, applied_at=Now(), problems_found=0, error="")


def reference_of(it: Import) -> str:
    """By which the ledger names the import."""
    return f"import:{it.pk}"


def move_stock(it: Import, progress: Progress, *, delta: str, kind: MovementKind, actor_id: int | None) -> None:
    """`delta` is the expression for how far the stock moves: a count is what was found too much or too little when it
    was compared, so that what has been sold since stays sold.
    """
    _refuse_where_not_countable(it, delta)
    moving = sql.MOVE.format(delta=delta)
    for lines in chunks(it, progress):
        run(
            moving,
            **lines,
            kind=kind.value,
            reference=reference_of(it),
            file_name=it.file_name,
            actor_id=actor_id,
            headers=json.dumps(it.headers),
        )


def chunks(it: Import, progress: Progress) -> Iterator[dict[str, Any]]:
    """From line to line, a few thousand rows at a time, so that progress can be told in between."""
    lines = [line for (line,) in rows(sql.LINES, import_id=it.pk)]
    for start in range(0, len(lines), AT_ONCE):
        chunk = lines[start : start + AT_ONCE]
        yield {"import_id": it.pk, "first": chunk[0], "last": chunk[-1]}
        progress.tell(start + len(chunk), len(lines))


def change(it: Import, *, values: str) -> str:
    """The statement that sets what differs in any row."""
    return fields_sql.set_fields(sorted(name for (name,) in rows(fields_sql.FIELDS, import_id=it.pk)), values=values)


def changed(statement: str, it: Import, *, shown: str) -> list[Problem]:
    """Products that are not as they were shown: `shown` is which side of the difference they should be on."""
    found = rows(statement, import_id=it.pk, limit=MOST_PROBLEMS)
    problems = []
    for line, sku, before, after, fields in found:
        sides = {"before": json.loads(before) if before else None, "after": json.loads(after)}
        problems.append(_what_changed(line, sku, sides[shown], json.loads(fields)))
    return problems


def _change_products(it: Import, progress: Progress) -> None:
    if problems := changed(sql.CHANGED_SINCE_CHECK, it, shown="before") + _created_since_check(it):
        raise Refused(problems)
    headers = json.dumps(it.headers)
    changing = change(it, values="after")
    for lines in chunks(it, progress):
        if it.changes:
            run(changing, **lines, headers=headers)
        if it.creates:
            run(sql.CREATE, **lines, headers=headers)
    if problems := _created_since_check(it):  # somebody was faster, since we looked a moment ago
        raise Refused(problems)


def _created_since_check(it: Import) -> list[Problem]:
    return changed(sql.CREATED_SINCE_CHECK, it, shown="before") if it.creates else []


def _what_changed(line: int, sku: str, shown: dict[str, Any] | None, now: dict[str, Any]) -> Problem:
    if shown is None:
        return Problem(line, "sku", f"{sku} has been created by somebody else since the check. Check again.")
    if now["status"] == "archived" and shown.get("status") != "archived":
        return Problem(line, "status", f"{sku} has been archived since, and stays as it is.")
    name = next(name for name, value in shown.items() if now[name] != value)
    return Problem(
        line, name, f"{sku} has been changed since: {name} was {shown[name]!r:.80}, and is now {now[name]!r:.80}."
    )


def _refuse_where_renamed(it: Import) -> None:
    """The file speaks of SKUs: what bears another one since is not what it means."""
    if found := rows(sql.RENAMED, import_id=it.pk, limit=MOST_PROBLEMS):
        raise Refused([Problem(line, "sku", f"{sku} is called {now} since. Check again.") for line, sku, now in found])


def _refuse_where_not_countable(it: Import, delta: str) -> None:
    if found := rows(sql.COUNTED_SINCE, import_id=it.pk, reference=reference_of(it), limit=MOST_PROBLEMS):
        message = "has been counted by another import since."
        raise Refused([Problem(line, "counted", f"{sku} {message}") for line, sku in found])
    found = rows(sql.NOT_COUNTABLE.format(delta=delta), import_id=it.pk, limit=MOST_PROBLEMS)
    if found:
        raise Refused([_not_countable(*row) for row in found])


def _not_countable(line: int, sku: str, archived: bool, stock: int, delta: int) -> Problem:  # noqa: FBT001 - a row
    if archived:
        return Problem(line, "sku", f"{sku} has been archived since, and its stock stays as it is.")
    return Problem(line, "counted", f"{sku}: {-delta} would be taken away, but only {stock} are left by now.")
