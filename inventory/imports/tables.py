"""Opens a file as a table of text, whatever it is: CSV with any usual separator, or XLSX."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import starmap
from typing import Final, NamedTuple

from inventory.imports import workbook
from inventory.imports.cells import Cell
from inventory.imports.limits import LONGEST_CELL
from inventory.imports.problems import Unreadable

SEPARATORS: Final = ",;\t"
ZIP: Final = b"PK\x03\x04"
OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"
UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
ESCAPED: Final = ("'=", "'+", "'-", "'@", "'\t", "'\r", "''")
"""How our exports write what a spreadsheet would take for a formula (`exporting.py`)."""


class Line(NamedTuple):
    number: int
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Table:
    header: Line
    lines: Iterator[Line]
    expected: int
    """Lines, by a look at the size: for a progress bar."""


def open_table(content: bytes) -> Table:
    """Raises Unreadable, here or while the lines are read."""
    if content.startswith(OLD_EXCEL):
        raise Unreadable("This is an old Excel file (.xls). Save it as .xlsx or as “CSV UTF-8”, and upload that.")
    zipped = content.startswith(ZIP)
    lines = starmap(Line, workbook.lines(content)) if zipped else _csv_lines(_text(content))
    filled = (line for line in lines if any(not isinstance(cell, str) or cell.strip() for cell in line.cells))
    header = next(filled, None)
    if header is None:
        raise Unreadable("The file is empty. Its first line must name the columns.")
    return Table(header, filled, expected=0 if zipped else content.count(b"\n"))


def _text(content: bytes) -> str:
    if content.startswith(UTF_16):
        raise Unreadable("This is “Unicode text” (UTF-16). In Excel, save it as “CSV UTF-8 (comma delimited)”.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Unreadable(
            "This line has letters that are not UTF-8. In Excel, save the file as “CSV UTF-8 (comma delimited)”.",
            line=line,
        ) from None
    if "\0" in text:
        raise Unreadable("This is no CSV file: it has zero bytes in it. Upload a CSV or an XLSX file.")
    return text


def _csv_lines(text: str) -> Iterator[Line]:
    """A record can span lines, by a line break between quotes: its number is that of its first."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    number = 1
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            raise Unreadable(f"The quotes of this line do not match ({error}).", line=number) from None
        yield Line(number, [_unescaped(value, number) for value in row])
        number = rows.line_num + 1


def _separator(text: str) -> str:
    """The one that the line with the columns has most of."""
    header = next((line for line in io.StringIO(text) if line.strip()), "")
    return max(SEPARATORS, key=header.count)


def _unescaped(value: str, line: int) -> str:
    if len(value) > LONGEST_CELL:
        raise Unreadable("A cell of this line is longer than any field. Is a closing quote missing?", line=line)
    return value[1:] if value.startswith(ESCAPED) else value
