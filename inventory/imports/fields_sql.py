"""The statement that sets the fields of many products at once, be it to what a file says or back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

FIELDS: Final = """
SELECT DISTINCT jsonb_object_keys(after) FROM inventory_importrow
WHERE of_id = %(import_id)s AND before IS NOT NULL
"""
ASSIGNED: Final = {
    "name": "name = coalesce(fields->>'name', name)",
    "description": "description = coalesce(fields->>'description', description)",
    "price": "price = coalesce((fields->>'price')::bigint, price)",
    "currency": "currency = coalesce(fields->>'currency', currency)",
    "category": "category = coalesce(fields->>'category', category)",
    "image_url": "image_url = coalesce(fields->>'image_url', image_url)",
    "low_stock_at": """low_stock_at = CASE
            WHEN fields ? 'low_stock_at' THEN (fields->>'low_stock_at')::bigint ELSE low_stock_at
        END""",
    "status": """active = coalesce(fields->>'status' = 'active', active),
        archived_at = CASE
            WHEN fields->>'status' = 'archived' THEN transaction_timestamp()
            WHEN fields ? 'status' THEN NULL
            ELSE archived_at
        END""",
}


def set_fields(names: Iterable[str], *, values: str) -> str:
    """To the `values` of each row, `after` or `before`. Only what differs in one of them: whatever is named, be it
    unchanged, is looked up word by word for the search.
    """
    assigned = ",\n        ".join([*(ASSIGNED[name] for name in names), "updated_at = statement_timestamp()"])
    return f"""
WITH differing AS (
    SELECT product_id, {values} AS fields
    FROM inventory_importrow
    WHERE of_id = %(import_id)s AND line BETWEEN %(first)s AND %(last)s AND before IS NOT NULL
), changed AS (
    UPDATE inventory_product AS product
    SET {assigned}
    FROM differing
    WHERE product.id = differing.product_id
    RETURNING product.id, fields
)
INSERT INTO messaging_outboxevent (type, version, aggregate_id, data, headers)
SELECT CASE WHEN fields->>'status' = 'archived' THEN 'product.archived' ELSE 'product.updated' END, 1,
       'product:' || id, jsonb_build_object('product_id', id), %(headers)s::jsonb
FROM changed
"""  # noqa: S608 - texts of ours
