"""The statements that read one product's ledger. Sums are made by indexes that have the delta in them, however long the
ledger is; a running balance is counted back from the present stock, over one page, in the order in which it moved.

`(product_id, id) >` says to the planner what `id >` does not: that there is no way through the whole ledger by its ids.
"""

from __future__ import annotations

from typing import Final

PAGE: Final = """
WITH page AS (
    SELECT id, created_at, delta, kind, reason, note, reference, actor_id
    FROM inventory_stockmovement
    WHERE product_id = %(product_id)s AND id < %(before)s
    ORDER BY id DESC
    LIMIT %(limit)s
), newer AS MATERIALIZED (
    SELECT coalesce(sum(delta), 0) AS moved
    FROM inventory_stockmovement
    WHERE product_id = %(product_id)s AND (product_id, id) > (%(product_id)s, (SELECT max(id) FROM page))
)
SELECT page.*,
       (product.stock - newer.moved - coalesce(
           sum(page.delta) OVER (ORDER BY page.id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0
       ))::bigint AS balance
FROM inventory_product AS product, newer, page
WHERE product.id = %(product_id)s
ORDER BY page.id DESC
"""

AS_OF: Final = """
WITH last AS MATERIALIZED (
    SELECT id, created_at FROM inventory_stockmovement
    WHERE product_id = %(product_id)s AND created_at <= %(moment)s::timestamptz
    ORDER BY created_at DESC, id DESC
    LIMIT 1
)
SELECT last.id, last.created_at, (product.stock - coalesce((
    SELECT sum(delta) FROM inventory_stockmovement AS newer
    WHERE newer.product_id = %(product_id)s AND (newer.product_id, newer.id) > (%(product_id)s, last.id)
), 0))::bigint AS balance
FROM inventory_product AS product, last
WHERE product.id = %(product_id)s
"""
"""The balance after the last movement that had begun by then: one that really stood. No row: nothing had moved yet."""

BY_DAY: Final = """
WITH days AS (
    SELECT day::date AS day
    FROM inventory_product AS product, generate_series(
        greatest(product.created_at::date, current_date - %(days)s::int + 1), current_date, interval '1 day'
    ) AS day
    WHERE product.id = %(product_id)s
), moved AS (
    SELECT created_at::date AS day, sum(delta) AS delta
    FROM inventory_stockmovement
    WHERE product_id = %(product_id)s AND created_at >= current_date - %(days)s::int + 1
    GROUP BY 1
)
SELECT days.day, (product.stock - coalesce(
    sum(moved.delta) OVER (ORDER BY days.day DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0
))::bigint AS stock
FROM inventory_product AS product, days LEFT JOIN moved USING (day)
WHERE product.id = %(product_id)s
ORDER BY days.day
"""
"""What was there at the end of each day, and now at the end of the present one."""
