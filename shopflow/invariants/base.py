"""What an invariant is, and how one is checked while the shop goes on."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import connections

SETTLING_SECONDS = (0.2, 0.5, 1.0, 2.0, 4.0)
"""How long a difference between two databases may take to settle: they are not read at one moment."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How many things were looked at, and the names of those that break the rule."""

    checked: int
    breaches: frozenset[str]


@dataclass(frozen=True, slots=True)
class Invariant:
    says: str
    read: Callable[[], Reading]


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


def by_sql(context: str, *, count: str, breaches: str) -> Callable[[], Reading]:
    """A rule within one database: `count` gives a number, `breaches` a row with a name for each that breaks it."""

    def read() -> Reading:
        with connections[context].cursor() as cursor:
            cursor.execute(count)
            (checked,) = cursor.fetchone()
            cursor.execute(breaches)
            return Reading(checked, frozenset(str(name) for (name,) in cursor.fetchall()))

    return read
