"""The invariants of orders."""

from __future__ import annotations

from shopflow.invariants.base import Invariant, by_sql

INVARIANTS = [
    Invariant(
        "the total of each order is the sum of its lines, of which it has at least one",
        by_sql(
            "orders",
            count="SELECT count(*) FROM orders_order",
            breaches="""
                SELECT 'order ' || placed.id
                FROM orders_order AS placed
                LEFT JOIN (
                    SELECT order_id, sum(quantity * unit_price) AS total FROM orders_orderline GROUP BY order_id
                ) AS line ON line.order_id = placed.id
                WHERE line.total IS DISTINCT FROM placed.total
            """,
        ),
    ),
    Invariant(
        "the history of each order has no gap and ends in its status",
        by_sql(
            "orders",
            count="SELECT count(*) FROM orders_order",
            breaches="""
                SELECT 'order ' || placed.id
                FROM orders_order AS placed
                LEFT JOIN (
                    SELECT order_id, count(*) AS events, min(sequence) AS first, max(sequence) AS last,
                           (array_agg(type ORDER BY sequence DESC))[1] AS type
                    FROM orders_orderevent GROUP BY order_id
                ) AS history ON history.order_id = placed.id
                WHERE (history.first, history.events, history.last, history.type) IS DISTINCT FROM (
                    1, placed.version::bigint, placed.version,
                    CASE placed.status WHEN 'pending' THEN 'order.placed' ELSE 'order.' || placed.status END
                )
            """,
        ),
    ),
    Invariant(
        "no order is pending longer than its limit",
        by_sql(
            "orders",
            count="SELECT count(*) FROM orders_order WHERE status = 'pending'",
            breaches="""
                SELECT 'order ' || id FROM orders_order
                WHERE status = 'pending' AND created_at < statement_timestamp() - interval '15 minutes'
            """,
        ),
    ),
]
