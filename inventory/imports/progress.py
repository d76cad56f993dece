"""How far a step is, told from a connection of its own: it is seen while the transaction of the step is open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

ALIAS: Final = "inventory"
PAUSE: Final = 0.3
"""Seconds between two words of it: nobody looks more often."""
BEGIN: Final = (
    "UPDATE inventory_import SET attempts = attempts + 1, done = 0, total = 0 WHERE id = %s RETURNING attempts"
)
TELL: Final = "UPDATE inventory_import SET done = %s, total = %s WHERE id = %s"


class Progress:
    def __init__(self, connection: BaseDatabaseWrapper, import_id: int) -> None:
        self._connection = connection
        self._import_id = import_id
        self._next = 0.0

    def begin(self) -> int:
        """Returns how often this step has been begun, whatever became of it."""
        with self._connection.cursor() as cursor:
            cursor.execute(BEGIN, [self._import_id])
            row = cursor.fetchone()
        return int(row[0]) if row else 1

    def tell(self, done: int, total: int) -> None:
        if monotonic() < self._next:
            return
        with self._connection.cursor() as cursor:
            cursor.execute(TELL, [min(done, total), total, self._import_id])
        self._next = monotonic() + PAUSE


@contextmanager
def progress_of(import_id: int) -> Iterator[Progress]:
    connection = connections[ALIAS].copy()  # in autocommit, as every connection begins
    try:
        yield Progress(connection, import_id)
    finally:
        connection.close()
