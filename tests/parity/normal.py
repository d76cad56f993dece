"""What differs from run to run, with a name in its place: the rest is compared as it is, ids and all."""

from __future__ import annotations

import json
import re
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
    (re.compile(r"\b[A-Z]+-[2-9A-Z]{8}\b"), "a made-up SKU"),
)
HEADERS = ("content-type", "link", "location", "www-authenticate", "retry-after", "x-request-id", "vary")
CHANCE = {
    "messaging_inboxentry": ("id",),  # the order of the deliveries
    "messaging_outboxevent": ("lease", "attempts", "awaiting"),  # a relay may be slow
    "users_notification": ("id", "attempts"),  # as both of these
    "inventory_product": ("search",),  # has the made-up SKU, in words
}
"""The columns, by table, of which nothing is said in either mode."""
NOT_OURS = ("django_migrations", "django_session")
COUNTED = ("orders_bestseller", "orders_countedday", "orders_salesday", "orders_salesproduct")
"""From the orders, each minute: whether the last ones are in them is a matter of when one looks."""


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
    """Whoever refuses a token knows it to be bad, but not the methods of the address: those are for a 405 to tell."""
    wanted = (*HEADERS, "allow") if answer.status == 405 else HEADERS
    headers = {name: answer.headers[name].replace(base_url, "") for name in wanted if name in answer.headers}
    return answer.status, headers, names.clean(_sorted(answer.content))


def _sorted(content: bytes) -> str:
    """JSON has no order of members."""
    try:
        return json.dumps(json.loads(content), sort_keys=True, ensure_ascii=False)
    except ValueError:
        return content.decode(errors="replace")


def rows(mall: Mall, names: Names) -> dict[str, list[str]]:
    """Every table of the four databases. Last the inboxes, whose events are another context's."""
    found = {(context, table): _rows(mall, context, table) for context in CONTEXTS for table in _tables(mall, context)}
    in_order = sorted(found, key=lambda place: (place[1] == "messaging_inboxentry", place))
    return {f"{context}.{table}": _clean(table, found[context, table], names) for context, table in in_order}


def _tables(mall: Mall, context: str) -> list[str]:
    with mall.connect(context) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    return [name for (name,) in rows if name not in (*NOT_OURS, *COUNTED)]


def _rows(mall: Mall, context: str, table: str) -> list[dict[str, Any]]:
    """By id where that is a number, else by time: a UUID has no name before it was seen."""
    with mall.connect(context) as connection:
        rows = connection.execute(SQL("SELECT to_jsonb(t) FROM {} AS t").format(Identifier(table))).fetchall()
    return sorted((row for (row,) in rows), key=_order)


def _clean(table: str, rows: list[dict[str, Any]], names: Names) -> list[str]:
    return sorted(names.clean(json.dumps(_kept(table, row), sort_keys=True)) for row in rows)


def _order(row: dict[str, Any]) -> tuple[str, int]:
    id = row.get("id")
    return ("", id) if isinstance(id, int) else (str(row.get("created_at", "")), 0)


def _kept(table: str, row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in CHANCE.get(table, ())}
