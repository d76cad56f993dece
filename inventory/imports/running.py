"""How the statements of an import are run, in whatever transaction is open."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from django.db import connections

ALIAS: Final = "inventory"


def rows(statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
    """JSON comes as text: Django leaves it to its fields."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def run(statement: str, **parameters: Any) -> int:
    """Returns how many rows its last part wrote."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def copy(statement: str, records: Iterable[tuple[object, ...]]) -> None:
    with connections[ALIAS].cursor() as cursor, cursor.copy(statement) as out:
        for record in records:
            out.write_row(record)
