"""The statements behind the back office's search and its list of categories. The shop's own is in `catalogue_sql.py`,
and knows only what is on sale; here, drafts and archived products are found by indexes that they have for themselves.

Nothing that came with a request is ever part of the text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from inventory.catalogue_sql import CANDIDATES, LIKENESS, RANK
from inventory.models import ProductStatus

Level = Literal["low", "out"]

STATUS: Final = {
    ProductStatus.DRAFT: "NOT active AND archived_at IS NULL",
    ProductStatus.ACTIVE: "active",
    ProductStatus.ARCHIVED: "archived_at IS NOT NULL",
}
STANDING: Final = "active::int + (archived_at IS NULL)::int"
"""Among equals: what is on sale, then drafts, then what is archived."""
LEVEL: Final[dict[Level, str]] = {"low": "active AND is_low", "out": "active AND NOT in_stock"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffFilter:
    """Which products of the back office's list; None: all."""

    status: ProductStatus | None = None
    category: str | None = None
    level: Level | None = None


def statement(*, words: str, wanted: StaffFilter, limit: int) -> tuple[str, dict[str, Any]]:
    """The ids of what is meant, best first: that very SKU, then the words, else names that look like them."""
    conditions = _conditions(wanted)
    text = f"""
        WITH found AS MATERIALIZED (
            (SELECT id, {STANDING} AS standing, {RANK} AS key FROM inventory_product
             WHERE active AND search @@ websearch_to_tsquery('english', %(q)s) AND {conditions} LIMIT {CANDIDATES})
            UNION ALL
            (SELECT id, {STANDING} AS standing, {RANK} AS key FROM inventory_product
             WHERE NOT active AND search @@ websearch_to_tsquery('english', %(q)s) AND {conditions} LIMIT {CANDIDATES})
        ), alike AS MATERIALIZED (
            SELECT id, {STANDING} AS standing, {LIKENESS} AS key FROM inventory_product
            WHERE NOT EXISTS (SELECT FROM found) AND {conditions} AND id IN (
                SELECT inventory_products_named_like(%(q)s)
                UNION ALL SELECT inventory_products_off_sale_named_like(%(q)s)
            )
        )
        SELECT id FROM (
            SELECT id, {STANDING} AS standing, true AS named, 0 AS key FROM inventory_product
            WHERE sku IN (%(q)s, upper(%(q)s)) AND {conditions}
            UNION ALL SELECT id, standing, false, key FROM found
            UNION ALL SELECT id, standing, false, key FROM alike
        ) AS matching
        GROUP BY id, standing ORDER BY bool_or(named) DESC, max(key) DESC, standing DESC, id DESC LIMIT %(limit)s
    """  # noqa: S608 - texts of ours
    return text, {"q": words, "category": wanted.category, "limit": limit}


CATEGORIES: Final = """
    WITH RECURSIVE found AS (
        (SELECT category FROM inventory_product WHERE category > '' ORDER BY category LIMIT 1)
        UNION ALL
        SELECT (
            SELECT category FROM inventory_product WHERE category > found.category ORDER BY category LIMIT 1
        ) FROM found WHERE found.category IS NOT NULL
    )
    SELECT category FROM found WHERE category IS NOT NULL LIMIT %(limit)s
"""
"""From one category to the next in the index: as many steps as there are categories, however many products."""


def _conditions(wanted: StaffFilter) -> str:
    conditions = ["true"]
    if wanted.status is not None:
        conditions.append(STATUS[wanted.status])
    if wanted.category is not None:
        conditions.append("category = %(category)s")
    if wanted.level is not None:
        conditions.append(LEVEL[wanted.level])
    return " AND ".join(conditions)
