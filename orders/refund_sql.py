"""The statements that refund an order: as those in `sql.py`, each brings its history and its event along.

Locks are always taken in one order: the order, its lines by id, the refund.
"""

from __future__ import annotations

from typing import Final

_TOLD: Final = """
history AS (
    INSERT INTO orders_orderevent (order_id, sequence, type, data)
    SELECT moved.id, moved.version, %(event)s, %(facts)s::jsonb || moved.more FROM moved
), outbox AS (
    INSERT INTO messaging_outboxevent (type, version, aggregate_id, data, headers)
    SELECT %(event)s, 1, 'order:' || moved.id,
           %(data)s::jsonb || jsonb_build_object('order_id', moved.id) || moved.more,
           %(headers)s::jsonb
    FROM moved
)
"""
"""`more` is what only the statement itself knows of the move."""

REQUEST: Final = f"""
WITH wanted AS (
    SELECT product_id, quantity
    FROM unnest(%(product_ids)s::bigint[], %(quantities)s::bigint[]) AS line (product_id, quantity)
), ordered AS MATERIALIZED (
    SELECT id FROM orders_order
    WHERE id = %(order_id)s AND status = %(status)s
    FOR NO KEY UPDATE
), locked AS MATERIALIZED (
    SELECT line.id, line.product_id, wanted.quantity
    FROM orders_orderline AS line
    JOIN wanted ON wanted.product_id = line.product_id
    WHERE line.order_id = (SELECT id FROM ordered) AND line.refunded + wanted.quantity <= line.quantity
    ORDER BY line.id
    FOR NO KEY UPDATE OF line
), refund AS (
    INSERT INTO orders_refund (id, order_id, state, amount, restock, reason, actor_id, fingerprint)
    SELECT %(refund_id)s::uuid, ordered.id, 'requested', %(amount)s, %(restock)s, %(reason)s, %(actor_id)s,
           %(fingerprint)s
    FROM ordered
    WHERE (SELECT count(*) FROM locked) = cardinality(%(product_ids)s::bigint[])
    ON CONFLICT (id) DO NOTHING
    RETURNING id, order_id
), taken AS (
    UPDATE orders_orderline AS line
    SET refunded = line.refunded + locked.quantity
    FROM locked, refund
    WHERE line.id = locked.id
), lines AS (
    INSERT INTO orders_refundline (refund_id, product_id, quantity)
    SELECT refund.id, locked.product_id, locked.quantity FROM refund, locked
), moved AS (
    UPDATE orders_order AS moved
    SET version = moved.version + 1, updated_at = statement_timestamp()
    FROM refund
    WHERE moved.id = refund.order_id
    RETURNING moved.id, moved.version, '{{}}'::jsonb AS more
), {_TOLD}
SELECT refund.id FROM refund
"""  # noqa: S608 - a statement of ours
"""No row: the refund exists already, or the order's status is another by now, or less is left than is wanted."""

SUCCEED: Final = f"""
WITH refund AS (
    UPDATE orders_refund
    SET state = 'succeeded', updated_at = statement_timestamp(), recover_at = NULL
    WHERE id = %(refund_id)s::uuid AND state = 'requested'
    RETURNING id, order_id, amount
), remaining AS (
    SELECT refund.order_id, refund.amount,
        NOT EXISTS (
            SELECT FROM orders_orderline AS line
            WHERE line.order_id = refund.order_id AND line.refunded < line.quantity
        ) AND NOT EXISTS (
            SELECT FROM orders_refund AS other
            WHERE other.order_id = refund.order_id AND other.state = 'requested' AND other.id <> refund.id
        ) AS whole
    FROM refund
), moved AS (
    UPDATE orders_order AS moved
    SET refunded = moved.refunded + remaining.amount, version = moved.version + 1, updated_at = statement_timestamp(),
        status = CASE WHEN remaining.whole THEN 'refunded' ELSE moved.status END
    FROM remaining
    WHERE moved.id = remaining.order_id
    RETURNING moved.id, moved.version, jsonb_build_object('whole', remaining.whole) AS more
), {_TOLD}
SELECT moved.id FROM moved
"""  # noqa: S608 - a statement of ours
"""It looks at all lines and refunds of the order, so it needs the order's lock first. No row: it was settled before."""

FAIL: Final = f"""
WITH refund AS (
    UPDATE orders_refund
    SET state = 'failed', updated_at = statement_timestamp(), recover_at = NULL
    WHERE id = %(refund_id)s::uuid AND state = 'requested'
    RETURNING id, order_id
), given_back AS (
    UPDATE orders_orderline AS line
    SET refunded = line.refunded - back.quantity
    FROM refund JOIN orders_refundline AS back ON back.refund_id = refund.id
    WHERE line.order_id = refund.order_id AND line.product_id = back.product_id
), moved AS (
    UPDATE orders_order AS moved
    SET version = moved.version + 1, updated_at = statement_timestamp()
    FROM refund
    WHERE moved.id = refund.order_id
    RETURNING moved.id, moved.version, '{{}}'::jsonb AS more
), {_TOLD}
SELECT moved.id FROM moved
"""  # noqa: S608 - a statement of ours
"""No row: it was settled before."""

CLAIM_REQUESTED: Final = """
UPDATE orders_refund
SET recover_at = statement_timestamp()
    + least(greatest((statement_timestamp() - created_at) / 4, interval '2 seconds'), interval '1 minute')
WHERE id = (
    SELECT id FROM orders_refund
    WHERE state = 'requested'
      AND coalesce(recover_at, created_at + make_interval(secs => %(left_behind)s)) <= statement_timestamp()
    ORDER BY coalesce(recover_at, created_at + make_interval(secs => %(left_behind)s))
    LIMIT 1
    FOR NO KEY UPDATE SKIP LOCKED
)
RETURNING id::text
"""
"""As CLAIM_PENDING in `sql.py`."""
