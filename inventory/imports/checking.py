"""The dry run: what the file would change, and what is wrong with it. The catalogue stays as it is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final

from django.db.models.functions import Now

from inventory.import_models import Import, ImportKind, ImportProblem, ImportRow, ImportState
from inventory.imports.differences import Current, Difference, difference
from inventory.imports.limits import MOST_PROBLEMS
from inventory.imports.problems import Problem, Unreadable
from inventory.imports.progress import Progress
from inventory.imports.reading import Reader, Record
from inventory.imports.running import copy, rows
from inventory.imports.sql import CURRENT
from inventory.imports.tables import open_table

AT_ONCE: Final = 1000
COPY_ROWS: Final = "COPY inventory_importrow (of_id, line, sku, product_id, before, after, seen) FROM STDIN"
COPY_PROBLEMS: Final = 'COPY inventory_importproblem (of_id, line, "column", message) FROM STDIN'


def check(it: Import, progress: Progress) -> None:
    ImportRow.objects.filter(of=it).delete()
    ImportProblem.objects.filter(of=it).delete()
    check = _Check(it, progress)
    try:
        check.run(bytes(it.file.content))
    except Unreadable as unreadable:
        check.problems.append(unreadable.problem)
    keep_problems(it.pk, check.problems)
    Import.objects.filter(pk=it.pk).update(
        state=ImportState.CHECKED,
        checked_at=Now(),
        rows=check.rows,
        creates=check.creates,
        changes=check.changes,
        problems_found=len(check.problems),
        error="",
    )


class _Check:
    """`problems` are those found so far, in any order."""

    def __init__(self, it: Import, progress: Progress) -> None:
        self.problems: list[Problem] = []
        self.rows = self.creates = self.changes = 0
        self._import_id = it.pk
        self._kind = ImportKind(it.kind)
        self._progress = progress

    def run(self, content: bytes) -> None:
        table = open_table(content)
        reader = Reader(self._kind, table)
        try:
            records = reader.records()
            while batch := list(islice(records, AT_ONCE)):
                self._compare(batch)
                self._progress.tell(reader.lines_read, max(table.expected, reader.lines_read))
        finally:
            self.rows = reader.lines_read
            self.problems += reader.problems

    def _compare(self, batch: Sequence[Record]) -> None:
        products = current([record.sku for record in batch])
        found = [difference(self._kind, record, products.get(record.sku)) for record in batch]
        self.problems += [one for one in found if isinstance(one, Problem)]
        differing = [one for one in found if isinstance(one, Difference)]
        created = sum(one.before is None for one in differing)
        self.creates += created
        self.changes += len(differing) - created
        copy(COPY_ROWS, (_row(self._import_id, one) for one in differing))


def current(skus: Sequence[str]) -> dict[str, Current]:
    return {
        sku: Current(id, stock, json.loads(fields), seen, taken_back)
        for sku, id, stock, fields, seen, taken_back in rows(CURRENT, skus=list(skus))
    }


def keep_problems(import_id: int, problems: Iterable[Problem]) -> None:
    """The first ones of them, in the order of the file."""
    kept = sorted(problems, key=lambda problem: problem.line)[:MOST_PROBLEMS]
    copy(COPY_PROBLEMS, ((import_id, one.line, one.column[:64], one.message[:500]) for one in kept))


def _row(import_id: int, one: Difference) -> tuple[object, ...]:
    before = None if one.before is None else json.dumps(one.before)
    return (import_id, one.line, one.sku, one.product_id, before, json.dumps(one.after), one.seen)
