"""The statements of an import. SQL earns its place here: tens of thousands of rows change in one transaction, with
their ledger and their events, by statements for thousands of rows each.

Products are locked first, all of them and in id order, as everything else locks them; then nothing that was found
right can change before it is acted upon.
"""

from __future__ import annotations

from typing import Final

CLAIM: Final = """
SELECT file.of_id
FROM inventory_import AS import
JOIN inventory_importfile AS file ON file.of_id = import.id
WHERE import.state IN ('checking', 'applying', 'undoing')
ORDER BY import.id
LIMIT 1
FOR NO KEY UPDATE OF file SKIP LOCKED
"""
"""The lock lasts as long as the work: where its process dies, the import is there to be taken up again."""

CURRENT: Final = """
SELECT sku, id, stock, jsonb_build_object(
    'name', name, 'description', description, 'price', price, 'currency', currency, 'category', category,
    'image_url', image_url, 'low_stock_at', low_stock_at,
    'status', CASE WHEN active THEN 'active' WHEN archived_at IS NULL THEN 'draft' ELSE 'archived' END
), (SELECT max(movement.id) FROM inventory_stockmovement AS movement WHERE movement.product_id = product.id),
coalesce(archived_at IN (SELECT undone_at FROM inventory_import WHERE state = 'undone'), false)
FROM inventory_product AS product
WHERE sku = ANY(%(skus)s)
"""

LOCK: Final = """
WITH locked AS MATERIALIZED (
    SELECT product.id FROM inventory_product AS product
    WHERE product.id IN (
        SELECT product_id FROM inventory_importrow WHERE of_id = %(import_id)s AND product_id IS NOT NULL
    )
    ORDER BY product.id
    FOR NO KEY UPDATE
)
SELECT count(*) FROM locked
"""

RENAMED: Final = """
SELECT differing.line, differing.sku, product.sku
FROM inventory_importrow AS differing
JOIN inventory_product AS product ON product.id = differing.product_id
WHERE differing.of_id = %(import_id)s AND differing.before IS NOT NULL AND product.sku <> differing.sku
ORDER BY differing.line
LIMIT %(limit)s
"""

LINES: Final = "SELECT line FROM inventory_importrow WHERE of_id = %(import_id)s ORDER BY line"

FIELDS_NOW: Final = """
SELECT differing.line, differing.sku, differing.before, differing.after, product.fields
FROM inventory_importrow AS differing
JOIN LATERAL (
    SELECT id, sku, jsonb_build_object(
        'name', name, 'description', description, 'price', price, 'currency', currency, 'category', category,
        'image_url', image_url, 'low_stock_at', low_stock_at,
        'status', CASE WHEN active THEN 'active' WHEN archived_at IS NULL THEN 'draft' ELSE 'archived' END
    ) AS fields
    FROM inventory_product AS product
    WHERE {same}
) AS product ON true
WHERE differing.of_id = %(import_id)s AND ({differs})
ORDER BY differing.line
LIMIT %(limit)s
"""
CHANGED_SINCE_CHECK: Final = FIELDS_NOW.format(
    same="product.id = differing.product_id",
    differs="""
        NOT product.fields @> differing.before
        OR product.fields->>'status' = 'archived' AND differing.before->>'status' IS DISTINCT FROM 'archived'
    """,
)
"""What is to be changed is not as it was shown, or is off sale for good."""
CREATED_SINCE_CHECK: Final = FIELDS_NOW.format(
    same="product.sku = differing.sku",
    differs="differing.before IS NULL AND product.id IS DISTINCT FROM differing.product_id",
)
CHANGED_SINCE_IMPORT: Final = FIELDS_NOW.format(
    same="product.id = differing.product_id",
    differs="""
        differing.before IS NULL AND product.fields->>'status' <> 'archived'
            AND NOT product.fields @> differing.after
        OR differing.before IS NOT NULL AND NOT product.fields @> differing.after
        OR differing.before IS NOT NULL AND product.fields->>'status' = 'archived'
            AND differing.after->>'status' IS DISTINCT FROM 'archived'
    """,
)
"""A product that the import created may have been archived since: that is what taking it back would do."""

CREATE: Final = """
WITH numbered AS (
    UPDATE inventory_importrow
    SET product_id = nextval(pg_get_serial_sequence('inventory_product', 'id'))
    WHERE of_id = %(import_id)s AND line BETWEEN %(first)s AND %(last)s AND before IS NULL
    RETURNING product_id, sku, after
), created AS (
    INSERT INTO inventory_product (
        id, sku, name, description, price, currency, category, image_url, low_stock_at, active, stock
    )
    SELECT product_id, sku, after->>'name', after->>'description', (after->>'price')::bigint, after->>'currency',
           after->>'category', after->>'image_url', (after->>'low_stock_at')::bigint, after->>'status' = 'active', 0
    FROM numbered
    ON CONFLICT (sku) DO NOTHING
    RETURNING id
)
INSERT INTO messaging_outboxevent (type, version, aggregate_id, data, headers)
SELECT 'product.created', 1, 'product:' || id, jsonb_build_object('product_id', id), %(headers)s::jsonb
FROM created
"""
"""The ids are drawn first: to find out afterwards which row got which, thousands would be joined by their SKUs."""

ARCHIVE: Final = """
WITH archived AS (
    UPDATE inventory_product AS product
    SET active = false, archived_at = transaction_timestamp(), updated_at = statement_timestamp()
    FROM inventory_importrow AS differing
    WHERE differing.of_id = %(import_id)s AND differing.line BETWEEN %(first)s AND %(last)s AND differing.before IS NULL
      AND product.id = differing.product_id AND product.archived_at IS NULL
    RETURNING product.id
)
INSERT INTO messaging_outboxevent (type, version, aggregate_id, data, headers)
SELECT 'product.archived', 1, 'product:' || id, jsonb_build_object('product_id', id), %(headers)s::jsonb
FROM archived
"""

NOT_COUNTABLE: Final = """
SELECT differing.line, differing.sku, product.archived_at IS NOT NULL, product.stock, {delta}
FROM inventory_importrow AS differing
JOIN inventory_product AS product ON product.id = differing.product_id
WHERE differing.of_id = %(import_id)s AND (product.archived_at IS NOT NULL OR product.stock + ({delta}) < 0)
ORDER BY differing.line
LIMIT %(limit)s
"""
COUNTED_SINCE: Final = """
WITH counted AS MATERIALIZED (
    SELECT id, product_id, reference, delta
    FROM inventory_stockmovement
    WHERE kind IN ('count', 'undo') AND reference <> %(reference)s
      AND created_at > (SELECT created_at - interval '1 day' FROM inventory_import WHERE id = %(import_id)s)
)
SELECT DISTINCT differing.line, differing.sku
FROM inventory_importrow AS differing
JOIN counted ON counted.product_id = differing.product_id AND counted.id > coalesce(differing.seen, 0)
WHERE differing.of_id = %(import_id)s
GROUP BY differing.line, differing.sku, counted.reference
HAVING sum(counted.delta) <> 0
ORDER BY differing.line
LIMIT %(limit)s
"""
"""Both would say the same of one shelf: what another import found is not found once more, nor what a later one stands
on taken away. An import that was undone counts for nothing. The day is for statements that waited for theirs.
"""
MOVE: Final = """
WITH differing AS (
    SELECT line, product_id, {delta} AS delta
    FROM inventory_importrow
    WHERE of_id = %(import_id)s AND line BETWEEN %(first)s AND %(last)s
), moved AS (
    UPDATE inventory_product AS product
    SET stock = product.stock + differing.delta
    FROM differing
    WHERE product.id = differing.product_id
    RETURNING product.id, product.stock, differing.delta, differing.line
), ledger AS (
    INSERT INTO inventory_stockmovement (product_id, delta, kind, reference, reason, note, actor_id)
    SELECT id, delta, %(kind)s, %(reference)s, '', %(file_name)s || ', line ' || line, %(actor_id)s::bigint
    FROM moved
)
INSERT INTO messaging_outboxevent (type, version, aggregate_id, data, headers)
SELECT 'stock.adjusted', 1, 'product:' || id,
       jsonb_build_object('product_id', id, 'delta', delta, 'stock', stock), %(headers)s::jsonb
FROM moved
"""
COUNTED: Final = "(after->>'stock')::bigint - (before->>'stock')::bigint"
UNCOUNTED: Final = "(before->>'stock')::bigint - (after->>'stock')::bigint"
