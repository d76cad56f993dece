"""What differs from run to run, with a name in its place: the rest is compared as it is, ids and all."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from psycopg.sql import SQL, Identifier

from tests.api.client import Answer
from tests.durability.mall import CONTEXTS, Mall

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
NOISE = (
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00|\+00)?"), "a time"),
    (re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+"), "a token"),
    (re.compile(r"argon2\$[^\"]+"), "a hash"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "an id"),
)
HEADERS = ("content-type", "allow", "link", "location", "www-authenticate", "retry-after", "x-request-id", "vary")
UNTIMED = ("django_migrations", "django_session")


class Names:
    """The same name for the same UUID, in the order in which they first come."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def clean(self, text: str) -> str:
        text = UUID.sub(lambda found: self._known.setdefault(found[0], f"uuid {len(self._known)}"), text)
        for pattern, name in NOISE:
            text = pattern.sub(name, text)
        return text


def told(answer: Answer, base_url: str, names: Names) -> tuple[int, dict[str, str], str]:
    headers = {name: value.replace(base_url, "") for name, value in answer.headers.items() if name in HEADERS}
    return answer.status, headers, names.clean(answer.content.decode(errors="replace"))


def rows(mall: Mall, names: Names) -> dict[str, list[str]]:
    """Every table of the four databases; by id where that is a number, since a UUID has no name before it was seen."""
    return {f"{context}.{table}": found for context in CONTEXTS for table, found in _tables(mall, context, names)}


def _tables(mall: Mall, context: str, names: Names) -> Iterable[tuple[str, list[str]]]:
    with mall.connect(context) as connection:
        tables = [
            name
            for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
            if name not in UNTIMED
        ]
        for table in sorted(tables, key=lambda name: (name == "messaging_inboxentry", name)):
            query = SQL("SELECT to_jsonb(t) FROM {} AS t").format(Identifier(table))
            found = [row for (row,) in connection.execute(query)]
            found.sort(key=_order)
            yield table, sorted(names.clean(json.dumps(_kept(table, row), sort_keys=True)) for row in found)


def _order(row: dict[str, Any]) -> tuple[str, int]:
    id = row.get("id")
    return ("", id) if isinstance(id, int) else (str(row.get("created_at", "")), 0)


def _kept(table: str, row: dict[str, Any]) -> dict[str, Any]:
    """Of the order in which events were delivered nothing is said: that is the relay's, in both modes."""
    dropped = {"messaging_inboxentry": ("id",), "messaging_outboxevent": ("lease", "attempts")}.get(table, ())
    return {name: value for name, value in row.items() if name not in dropped}
