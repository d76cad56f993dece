"""The statements that count what was sold. SQL because a day is thousands of rows, and none of them has to leave the
database to be counted.

Days are those of the time zone `zone`; `since` and `until` are the moments at which `day` begins and ends there.
"""

from __future__ import annotations

from typing import Final

CLAIM_DAY: Final = """
INSERT INTO orders_countedday (day, counted_at)
SELECT %(day)s::date, CASE WHEN EXISTS (
    SELECT FROM orders_order
    WHERE status = 'pending' AND created_at >= %(since)s::timestamptz AND created_at < %(until)s::timestamptz
) THEN least(%(at)s::timestamptz, %(until)s::timestamptz) ELSE %(at)s::timestamptz END
ON CONFLICT (day) DO UPDATE SET counted_at = excluded.counted_at
"""
"""The day's lock, until the transaction ends: whoever counts it next sees no less than whoever counted it before.
As long as an order of the day may still be paid for, it counts as counted at its end: it will be counted again."""

COUNT_DAY: Final = """
WITH sold AS MATERIALIZED (
    SELECT id, currency, total FROM orders_order
    WHERE created_at >= %(since)s::timestamptz AND created_at < %(until)s::timestamptz
      AND status NOT IN ('pending', 'cancelled')
), line AS MATERIALIZED (
    SELECT line.id, sold.currency, line.product_id, line.name, line.quantity, line.refunded, line.unit_price
    FROM sold JOIN orders_orderline AS line ON line.order_id = sold.id
), of_day AS (
    SELECT currency, count(*) AS orders, sum(total)::bigint AS revenue,
           coalesce((
               SELECT sum(line.refunded * line.unit_price)::bigint FROM line WHERE line.currency = sold.currency
           ), 0) AS refunded
    FROM sold GROUP BY currency
), of_product AS (
    SELECT product_id, currency, (array_agg(name ORDER BY id DESC))[1] AS name,
           sum(quantity - refunded)::bigint AS quantity, sum((quantity - refunded) * unit_price)::bigint AS revenue
    FROM line GROUP BY product_id, currency HAVING sum(quantity - refunded) > 0
), no_more AS (
    DELETE FROM orders_salesday AS known
    WHERE day = %(day)s::date AND NOT EXISTS (SELECT FROM of_day WHERE of_day.currency = known.currency)
), no_more_of_product AS (
    DELETE FROM orders_salesproduct AS known
    WHERE day = %(day)s::date AND NOT EXISTS (
        SELECT FROM of_product
        WHERE of_product.product_id = known.product_id AND of_product.currency = known.currency
    )
), counted AS (
    INSERT INTO orders_salesday AS known (day, currency, orders, revenue, refunded)
    SELECT %(day)s::date, currency, orders, revenue, refunded FROM of_day
    ON CONFLICT (day, currency) DO UPDATE
    SET orders = excluded.orders, revenue = excluded.revenue, refunded = excluded.refunded
    WHERE (known.orders, known.revenue, known.refunded)
          <> (excluded.orders, excluded.revenue, excluded.refunded)
)
INSERT INTO orders_salesproduct AS known (day, product_id, currency, name, quantity, revenue)
SELECT %(day)s::date, product_id, currency, name, quantity, revenue FROM of_product
ON CONFLICT (day, product_id, currency) DO UPDATE
SET name = excluded.name, quantity = excluded.quantity, revenue = excluded.revenue
WHERE (known.name, known.quantity, known.revenue) <> (excluded.name, excluded.quantity, excluded.revenue)
"""
"""Counted anew, and written where it differs: the same count again writes nothing."""

CHANGED_DAYS: Final = """
SELECT DISTINCT (
    SELECT (placed.created_at AT TIME ZONE %(zone)s::text)::date FROM orders_order AS placed
    WHERE placed.id = event.order_id
)
FROM orders_orderevent AS event
WHERE event.type IN ('order.cancelled', 'order.refund_requested', 'order.refund_failed')
  AND event.created_at > (SELECT counted_at FROM orders_countedday ORDER BY day DESC LIMIT 1) - interval '2 minutes'
"""
"""Those of which less is sold, or more again, than when the newest day was counted, which each run does after these.
The two minutes are for events that were not committed yet: no statement runs longer than one (`LONGEST_STATEMENT`).
As a join, it may read every order each minute: nobody can tell beforehand how few events are so new."""

UNSETTLED_DAYS: Final = """
SELECT day::date
FROM generate_series(
    coalesce((SELECT min(created_at) AT TIME ZONE %(zone)s::text FROM orders_order)::date, %(today)s::date)::timestamp,
    %(today)s::date::timestamp,
    interval '1 day'
) AS day
WHERE NOT EXISTS (
    SELECT FROM orders_countedday AS counted
    WHERE counted.day = day.day::date
      AND counted.counted_at >= (day.day + make_interval(days => %(recent)s::int)) AT TIME ZONE %(zone)s::text
)
ORDER BY day DESC
"""
"""Those not counted since they were over for good: the last `recent` ones, and those that nobody counted then."""

RANK: Final = """
WITH sold AS (
    SELECT currency, product_id, sum(quantity)::bigint AS quantity, sum(revenue)::bigint AS revenue
    FROM orders_salesproduct WHERE day >= %(since)s::date GROUP BY currency, product_id
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY currency ORDER BY quantity DESC, revenue DESC, product_id) AS rank
    FROM sold
), best AS MATERIALIZED (
    SELECT * FROM ranked WHERE rank <= %(ranks)s::int
), named AS (
    SELECT DISTINCT ON (product_id) product_id, name FROM orders_salesproduct
    WHERE day >= %(since)s::date AND product_id IN (SELECT product_id FROM best)
    ORDER BY product_id, day DESC
), no_more AS (
    DELETE FROM orders_bestseller AS known
    WHERE days = %(days)s::int AND NOT EXISTS (
        SELECT FROM best WHERE best.currency = known.currency AND best.rank = known.rank
    )
)
INSERT INTO orders_bestseller (days, currency, rank, product_id, name, quantity, revenue)
SELECT %(days)s::int, currency, rank, product_id, named.name, quantity, revenue
FROM best JOIN named USING (product_id)
ORDER BY currency, rank
ON CONFLICT (days, currency, rank) DO UPDATE
SET product_id = excluded.product_id, name = excluded.name, quantity = excluded.quantity, revenue = excluded.revenue
"""
"""In one order, so that two processes at once wait for each other instead of locking each other out."""
