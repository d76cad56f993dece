"""The statement behind the catalogue list. SQL earns its place here: the list is the busiest page of a shop, and its
text is put together from the filters that are given, so that each combination has the plan that fits it. (One statement
for all of them, with `OR %s IS NULL`, would get one plan that fits none.)

Nothing that came with a request is ever part of the text, except whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

COLUMNS: Final = (
    "id", "sku", "name", "description", "category", "price", "currency", "stock", "created_at", "updated_at"
)  # fmt: skip
CANDIDATES: Final = 2000
"""Matches that are ranked at most: what a word means to a fifth of the catalogue, no rank can tell."""
SORTED_MATCHES: Final = 20000
"""Matches that are put in an order of their own at most, so that no word can keep the database busy for a second."""


@dataclass(frozen=True, slots=True)
class Order:
    """By `expression`, then by id; `key` are the types of what a row is found again by."""

    expression: str
    key: tuple[type, ...]
    descending: bool = False


ORDERS: Final = {
    "id": Order("id", (int,)),
    "newest": Order("id", (int,), descending=True),
    "price": Order("price", (int, int)),
    "-price": Order("price", (int, int), descending=True),
    "name": Order("lower(name)", (str, int)),
    "-name": Order("lower(name)", (str, int), descending=True),
    "relevance": Order("rank", (int, int), descending=True),
}

RANK: Final = "(ts_rank(search, websearch_to_tsquery('english', %(q)s)) * 1000000)::bigint"
LIKENESS: Final = "(word_similarity(%(q)s, name) * 1000000)::bigint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which products: prices in minor units, inclusive."""

    q: str | None = None
    category: str | None = None
    min_price: int | None = None
    max_price: int | None = None
    in_stock: bool | None = None

    @property
    def depends_on_values(self) -> bool:
        """Whether the best plan hangs on the values: how rare the words are, how wide the range of prices."""
        return bool(self.q) or self.min_price is not None or self.max_price is not None


def statement(*, wanted: Filter, sort: str, after: tuple[Any, ...] | None, limit: int) -> tuple[str, dict[str, Any]]:
    """The text and its parameters; each row is COLUMNS, then the key by which the next page goes on."""
    order = ORDERS[sort]
    parameters = {"q": wanted.q, "category": wanted.category, "limit": limit}
    parameters |= {f"after_{position}": value for position, value in enumerate(after or ())}
    text = (_page_of_matches if wanted.q else _page)(wanted, order, first=after is None)
    return text, {name: value for name, value in parameters.items() if value is not None}


def _page(wanted: Filter, order: Order, *, first: bool) -> str:
    key = [order.expression, "id"] if len(order.key) > 1 else ["id"]
    return f"""
        SELECT {", ".join([*COLUMNS, *key])} FROM inventory_product
        WHERE {_conditions(wanted)} {"" if first else _after(key, order)}
        ORDER BY {_order_by(key, order)} LIMIT %(limit)s
    """  # noqa: S608


def _page_of_matches(wanted: Filter, order: Order, *, first: bool) -> str:
    """Products that have the words; where there are none at all, those whose names look like them: a misspelling."""
    key = ["key", "id"] if len(order.key) > 1 else ["id"]
    conditions = _conditions(wanted)
    ranked = order.expression == "rank"
    return f"""
        WITH found AS MATERIALIZED (
            SELECT id, {RANK if ranked else order.expression} AS key FROM inventory_product
            WHERE search @@ websearch_to_tsquery('english', %(q)s) AND {conditions}
            LIMIT {CANDIDATES if ranked else SORTED_MATCHES}
        ), alike AS MATERIALIZED (
            SELECT id, {LIKENESS if ranked else order.expression} AS key FROM inventory_product
            WHERE NOT EXISTS (SELECT FROM found) AND {conditions}
              AND id IN (SELECT inventory_products_named_like(%(q)s))
        ), page AS MATERIALIZED (
            SELECT * FROM (SELECT * FROM found UNION ALL SELECT * FROM alike) AS matching
            WHERE true {"" if first else _after(key, order)}
            ORDER BY {_order_by(key, order)} LIMIT %(limit)s
        )
        SELECT {", ".join([*COLUMNS, *key])} FROM page JOIN inventory_product USING (id)
        ORDER BY {_order_by(key, order)}
    """  # noqa: S608


def _conditions(wanted: Filter) -> str:
    conditions = ["active"]
    if wanted.category is not None:
        conditions.append("category = %(category)s")
    if wanted.min_price is not None:
        conditions.append(f"price >= {int(wanted.min_price)}")
    if wanted.max_price is not None:
        conditions.append(f"price <= {int(wanted.max_price)}")
    if wanted.in_stock is not None:
        conditions.append("in_stock" if wanted.in_stock else "NOT in_stock")
    return " AND ".join(conditions)


def _after(key: list[str], order: Order) -> str:
    values = ", ".join(f"%(after_{position})s" for position in range(len(key)))
    return f"AND ({', '.join(key)}) {'<' if order.descending else '>'} ({values})"


def _order_by(key: list[str], order: Order) -> str:
    return ", ".join(f"{column} DESC" if order.descending else column for column in key)
