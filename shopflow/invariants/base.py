"""What an invariant is, and how one is checked while the shop goes on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.conf import settings
from django.db import connections

SETTLING_SECONDS = (0.2, 0.5, 1.0, 2.0, 4.0)
"""How long a difference between two databases may take to settle: they are not read at one moment."""
CHUNK = 5000

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """How many things were looked at, and the names of those that break the rule."""

    checked: int
    breaches: frozenset[str]


@dataclass(frozen=True, slots=True)
class Invariant:
    says: str
    read: Callable[[], Reading]

    @property
    def contexts(self) -> tuple[str, ...]:
        """Whose databases it needs: those that compare contexts with each other may need all."""
        return (self.read.context,) if isinstance(self.read, OfOneDatabase) else settings.CONTEXTS


def check(invariant: Invariant, pauses: Sequence[float] = SETTLING_SECONDS) -> Reading:
    """Read it; what looks broken is read again, and counts only if it stays broken."""
    reading = invariant.read()
    for pause in pauses:
        if not reading.breaches:
            break
        time.sleep(pause)
        again = invariant.read()
        reading = Reading(again.checked, reading.breaches & again.breaches)
    return reading


@dataclass(frozen=True, slots=True)
class OfOneDatabase:
    context: str
    count: str
    breaches: str

    def __call__(self) -> Reading:
        with connections[self.context].cursor() as cursor:
            cursor.execute(self.count)
            (checked,) = cursor.fetchone()
            cursor.execute(self.breaches)
            return Reading(checked, frozenset(str(name) for (name,) in cursor.fetchall()))


def by_sql(context: str, *, count: str, breaches: str) -> Callable[[], Reading]:
    """A rule within one database: `count` gives a number, `breaches` a row with a name for each that breaks it."""
    return OfOneDatabase(context, count, breaches)


def side_by_side(statements: Mapping[str, str]) -> Iterator[tuple[Any, dict[str, Row]]]:
    """What each context's statement says of the same key, however many there are: the key, and the rest of each row.

    A key is a row's first column, and the rows come in its order. A context that does not know it is left out.
    """
    sides = [_side(context, statement) for context, statement in statements.items()]
    for key, rows in groupby(merge(*sides, key=itemgetter(0)), key=itemgetter(0)):
        yield key, {context: row for _, context, row in rows}


def stream(context: str, statement: str) -> Iterator[Row]:
    with connections[context].chunked_cursor() as cursor:
        cursor.execute(statement)
        while rows := cursor.fetchmany(CHUNK):
            yield from rows


def _side(context: str, statement: str) -> Iterator[tuple[Any, str, Row]]:
    for key, *rest in stream(context, statement):
        yield key, context, tuple(rest)
