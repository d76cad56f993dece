"""Reads the first sheet of an XLSX file. What spreadsheets do to data behind people's backs is told, not guessed."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, time, timedelta
from itertools import islice
from typing import Any, Final

from inventory.imports.cells import Bad, Cell
from inventory.imports.limits import MOST_COLUMNS, MOST_PARTS, MOST_ROWS, MOST_UNPACKED
from inventory.imports.problems import Unreadable

MOST_READ: Final = 2 * MOST_ROWS
"""Rows with the empty ones, of which a file can say that it has a million in a few bytes."""
EXACT: Final = 10**15
"""Beyond, a spreadsheet has rounded a whole number."""
PADDED: Final = re.compile(r"0+\Z")
FORMULA: Final = Bad("This is a formula. Copy the column and paste it as values, so that the file says what is meant.")
BROKEN: Final = "This is no XLSX file, or it is damaged. Open it in a spreadsheet and save it again."


def lines(content: bytes) -> Iterator[tuple[int, list[Cell]]]:
    """Each row with its number. Raises Unreadable."""
    from openpyxl import load_workbook  # noqa: PLC0415  # a tenth of the start of each process, which few need

    _refuse_bombs(content)
    number = 0
    try:
        book = load_workbook(io.BytesIO(content), read_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its size may be wrong
        for number, row in enumerate(islice(sheet.iter_rows(max_col=MOST_COLUMNS), MOST_READ), start=1):
            yield number, [_cell(cell) for cell in row]
    except Exception as error:  # whatever a file that somebody made by hand brings its reader to
        raise Unreadable(BROKEN) from error
    if number == MOST_READ:
        raise Unreadable("The sheet goes on for too long. Delete the empty rows below the data.", line=number)


def _refuse_bombs(content: bytes) -> None:
    """A part never unpacks to more than the directory says of it: the reader stops there."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except zipfile.BadZipFile:
        raise Unreadable(BROKEN) from None
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise Unreadable("This file unpacks to more than 200 MB. Delete the sheets and pictures that are not needed.")


def _cell(cell: Any) -> Cell:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type in {"s", "inlineStr"}:
        return str(value)
    if cell.data_type == "f":
        return FORMULA
    if cell.data_type == "e":
        return Bad(f"The spreadsheet shows an error here: {value}.")
    return _number(value, cell.number_format) if isinstance(value, int | float) else _other(value)


def _number(value: float, number_format: str) -> Cell:
    if isinstance(value, bool):
        return str(value).upper()
    if abs(value) >= EXACT:
        return Bad("The spreadsheet has rounded this long number. Format the column as text, and type it again.")
    if value != int(value):
        return format(value, ".15g")  # as a spreadsheet shows it: 0.1 + 0.2 is 0.3
    return str(int(value)).zfill(len(number_format) if PADDED.match(number_format) else 1)


def _other(value: object) -> Cell:
    if isinstance(value, date | time | timedelta):
        return Bad("The spreadsheet has taken this for a date. Format the column as text, and type it again.")
    return str(value)
