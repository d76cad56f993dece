"""All invariants, one after the other: what `verify_shop` prints and the back office shows."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.db import connections

from shopflow.invariants.base import Invariant, Reading, check
from shopflow.invariants.every import EVERY


def read_every() -> Iterator[tuple[Invariant, Reading]]:
    for context in settings.CONTEXTS:
        with connections[context].cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")  # it reads every row, however many there are
    for invariant in EVERY:
        yield invariant, check(invariant)
