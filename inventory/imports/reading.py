"""From the lines of a table to records of typed values. What cannot be read is a problem, and the next line goes on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from inventory.import_models import ImportKind
from inventory.imports.cells import Bad, Cell
from inventory.imports.columns import ABSENT, COLUMNS, ELSEWHERE, FOR_PEOPLE, Column, Wrong
from inventory.imports.limits import MOST_COLUMNS, MOST_ROWS
from inventory.imports.problems import Problem, Unreadable
from inventory.imports.tables import Line, Table


@dataclass(frozen=True, slots=True)
class Record:
    line: int
    sku: str
    values: dict[str, Any]


class Reader:
    def __init__(self, kind: ImportKind, table: Table) -> None:
        self.problems: list[Problem] = []
        self.lines_read = 0
        self._kind = kind
        self._table = table
        self._lines_of: dict[str, int] = {}
        self._columns = self._columns_named_by(table.header)

    def records(self) -> Iterator[Record]:
        """None where the columns are wrong already: that would be a problem of each line. Raises Unreadable."""
        if self.problems:
            return
        for line in self._table.lines:
            self.lines_read += 1
            if self.lines_read > MOST_ROWS:
                raise Unreadable(f"A file has {MOST_ROWS:,} lines at most. Divide it.", line=line.number)
            if record := self._record(line):
                yield record
        if not self.lines_read:
            raise Unreadable("The file names its columns, but has no line below them.", line=self._table.header.number)

    def _columns_named_by(self, header: Line) -> list[Column | None]:
        """One per cell; None for those that are for people."""
        columns = {column.name: column for column in COLUMNS[self._kind]}
        names = [_plain(cell) for cell in header.cells[:MOST_COLUMNS]]
        while names and not names[-1]:
            names.pop()
        for position, name in enumerate(names, start=1):
            if message := self._refusal(name, position, names, [*columns]):
                self.problems.append(Problem(header.number, name or f"column {position}", message))
        self.problems += [
            Problem(header.number, column.name, f"There is no column “{column.name}”. {self._explained()}")
            for column in columns.values()
            if column.needed and column.name not in names
        ]
        return [columns.get(name) for name in names]

    def _refusal(self, name: str, position: int, names: list[str], known: list[str]) -> str:
        if names.index(name) < position - 1:
            return f"There are two columns “{name}”. Delete one of them."
        if name in known or name in FOR_PEOPLE[self._kind]:
            return ""
        if name in ELSEWHERE[self._kind]:
            return ELSEWHERE[self._kind][name]
        alike = get_close_matches(name, known, n=1)
        meant = f"Is “{alike[0]}” meant? " if alike else ""
        return f"There is no column of this name. {meant}{self._explained()}"

    def _explained(self) -> str:
        return f"The first line names the columns: {', '.join(column.name for column in COLUMNS[self._kind])}."

    def _record(self, line: Line) -> Record | None:
        wrong = len(self.problems)
        if any(line.cells[len(self._columns) :]):
            self.problems.append(_too_many(line, len(self._columns)))
            return None
        values = {
            column.name: self._value(line, column, cell)
            for column, cell in zip(self._columns, line.cells, strict=False)
            if column
        }
        for column in self._columns[len(line.cells) :]:  # a spreadsheet leaves out what is empty at the end
            if column:
                values[column.name] = self._value(line, column, "")
        self._note_sku(line, values["sku"])
        if len(self.problems) > wrong:
            return None
        sku = values.pop("sku")
        return Record(line.number, sku, {name: value for name, value in values.items() if value is not ABSENT})

    def _value(self, line: Line, column: Column, cell: Cell) -> Any:
        try:
            if isinstance(cell, Bad):
                raise Wrong(cell.message)  # noqa: TRY301 - as if the column had said so
            return column.read(cell.strip())
        except Wrong as wrong:
            self.problems.append(Problem(line.number, column.name, str(wrong)))
            return ABSENT

    def _note_sku(self, line: Line, sku: Any) -> None:
        if sku is ABSENT:
            return
        first = self._lines_of.setdefault(sku, line.number)
        if first != line.number:
            message = f"{sku} is in line {first} as well. Delete one of the two."
            self.problems.append(Problem(line.number, "sku", message))


def _plain(cell: Cell) -> str:
    return "" if isinstance(cell, Bad) else "_".join(cell.lower().split())[:60]


def _too_many(line: Line, columns: int) -> Problem:
    return Problem(
        line.number,
        "",
        f"The line has {len(line.cells)} cells, but there are {columns} columns."
        " A text with a comma must stand in quotes; a price has a point, not a comma.",
    )
