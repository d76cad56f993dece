"""The invariant of sales: what the charts show is what the orders say."""

from __future__ import annotations

from typing import Final

from django.conf import settings

from orders.sales import RECENT
from shopflow.invariants.base import Invariant, by_sql

ZONE: Final = f"AT TIME ZONE '{settings.TIME_ZONE}'"

SETTLED: Final = f"""
SELECT counted.day FROM orders_countedday AS counted
LEFT JOIN (
    SELECT (placed.created_at {ZONE})::date AS day, max(event.created_at) AS at
    FROM orders_orderevent AS event JOIN orders_order AS placed ON placed.id = event.order_id
    WHERE event.type IN ('order.cancelled', 'order.refund_requested', 'order.refund_failed')
    GROUP BY 1
) AS change ON change.day = counted.day
WHERE counted.counted_at >= (counted.day + {RECENT})::timestamp {ZONE}
  AND (change.at IS NULL OR change.at < counted.counted_at - interval '1 minute')
"""  # noqa: S608 - constants of ours
"""Counted after all of its orders were paid for or not, and since the last of them was called off or came back.
The job looks two minutes back, so that it sees what was committed late."""

BREACHES: Final = f"""
WITH settled AS ({SETTLED}), sold AS (
    SELECT (placed.created_at {ZONE})::date AS day, placed.currency, placed.total,
           coalesce(line.refunded, 0) AS refunded, coalesce(line.revenue, 0) AS revenue
    FROM orders_order AS placed
    LEFT JOIN (
        SELECT order_id, sum(refunded * unit_price) AS refunded, sum((quantity - refunded) * unit_price) AS revenue
        FROM orders_orderline GROUP BY order_id
    ) AS line ON line.order_id = placed.id
    WHERE placed.status NOT IN ('pending', 'cancelled')
), ordered AS (
    SELECT day, currency, count(*) AS orders, sum(total) AS revenue, sum(refunded) AS refunded,
           sum(sold.revenue) AS of_products
    FROM sold GROUP BY day, currency
), known AS (
    SELECT day, currency, orders, revenue, refunded, coalesce((
        SELECT sum(product.revenue) FROM orders_salesproduct AS product
        WHERE product.day = known.day AND product.currency = known.currency
    ), 0) AS of_products
    FROM orders_salesday AS known
)
SELECT coalesce(ordered.day, known.day) || ' ' || coalesce(ordered.currency, known.currency)
FROM ordered FULL JOIN known USING (day, currency)
WHERE day IN (SELECT day FROM settled)
  AND (ordered.orders, ordered.revenue, ordered.refunded, ordered.of_products)
      IS DISTINCT FROM (known.orders, known.revenue, known.refunded, known.of_products)
"""  # noqa: S608 - constants of ours

INVARIANTS = [
    Invariant(
        "the sales of each day that is over are what its orders say",
        by_sql("orders", count=f"SELECT count(*) FROM ({SETTLED}) AS settled", breaches=BREACHES),  # noqa: S608 - as above
    ),
]
