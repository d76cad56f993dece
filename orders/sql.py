"""The statements that change an order. SQL earns its place here: the order, its lines, its history and the event that
tells of it are one round trip and one commit.
"""

from __future__ import annotations

from typing import Final

PLACE: Final = """
WITH placed AS (
    INSERT INTO orders_order
        (user_id, status, currency, total, payment_method, reservation_id, idempotency_key, fingerprint)
    SELECT %(user_id)s, %(status)s, %(currency)s, %(total)s, %(payment_method)s, %(reservation_id)s::uuid, %(key)s,
           %(fingerprint)s
    WHERE statement_timestamp() < %(held_until)s::timestamptz
    ON CONFLICT DO NOTHING
    RETURNING id, created_at
), lines AS (
    INSERT INTO orders_orderline (order_id, product_id, name, quantity, unit_price)
    SELECT placed.id, line.product_id, line.name, line.quantity, line.unit_price
    FROM placed,
         json_to_recordset(%(lines)s::json) AS line (product_id bigint, name text, quantity bigint, unit_price bigint)
), history AS (
    INSERT INTO orders_orderevent (order_id, sequence, type)
    SELECT placed.id, 1, %(event)s FROM placed
), outbox AS (
    INSERT INTO messaging_outboxevent (type, version, aggregate_id, data, headers)
    SELECT %(event)s, 1, 'order:' || placed.id,
           %(data)s::jsonb || jsonb_build_object('order_id', placed.id),
           %(headers)s::jsonb
    FROM placed
)
SELECT placed.id, placed.created_at FROM placed
"""
"""No row: the key or the reservation has its order already, or the reservation has run out by the database's clock."""

_MOVE = """
WITH moved AS (
    UPDATE orders_order
    SET status = %(to_status)s, version = version + 1, updated_at = statement_timestamp(),
        next_action = NULL, recover_at = NULL
    WHERE id = %(order_id)s AND status = ANY(%(from_statuses)s::text[]) AND {condition}
    RETURNING id, version, updated_at
), history AS (
    INSERT INTO orders_orderevent (order_id, sequence, type, data)
    SELECT moved.id, moved.version, %(event)s, %(facts)s::jsonb FROM moved
), outbox AS (
    INSERT INTO messaging_outboxevent (type, version, aggregate_id, data, headers)
    SELECT %(event)s, 1, 'order:' || moved.id,
           %(data)s::jsonb || jsonb_build_object('order_id', moved.id),
           %(headers)s::jsonb
    FROM moved
)
SELECT moved.updated_at FROM moved
"""
"""One move of an order's status, with its history and its event. No row: its state does not allow the move."""

MOVE: Final = _MOVE.format(condition="true")
MOVE_UNLESS_REFUNDED: Final = _MOVE.format(
    condition="NOT EXISTS (SELECT FROM orders_refund WHERE order_id = %(order_id)s AND state <> 'failed')"
)
MOVE_UNLESS_REFUNDING: Final = _MOVE.format(
    condition="NOT EXISTS (SELECT FROM orders_refund WHERE order_id = %(order_id)s AND state = 'requested')"
)
"""These two look at other rows than the order's: they need its lock first, or they see them as they were before it."""

LOCK: Final = "SELECT id FROM orders_order WHERE id = %(order_id)s FOR NO KEY UPDATE"

AWAIT_ACTION: Final = """
UPDATE orders_order
SET next_action = %(next_action)s::jsonb, updated_at = statement_timestamp(),
    recover_at = CASE WHEN next_action IS NULL THEN statement_timestamp() + make_interval(secs => %(seconds)s)
                      ELSE recover_at END
WHERE id = %(order_id)s AND status = 'pending'
RETURNING updated_at
"""
"""The customer's time begins when it is first said: to ask again gives them no more of it, nor of the stock."""

CLAIM_PENDING: Final = """
UPDATE orders_order AS claimed
SET recover_at = statement_timestamp()
    + least(greatest((statement_timestamp() - created_at) / 4, interval '2 seconds'), interval '1 minute')
WHERE claimed.id = (
    SELECT id FROM orders_order
    WHERE status = 'pending'
      AND coalesce(recover_at, created_at + make_interval(secs => %(left_behind)s)) <= statement_timestamp()
    ORDER BY coalesce(recover_at, created_at + make_interval(secs => %(left_behind)s))
    LIMIT 1
    FOR NO KEY UPDATE SKIP LOCKED
)
RETURNING claimed.id, statement_timestamp() >= claimed.created_at
    + make_interval(secs => CASE WHEN claimed.next_action IS NULL THEN %(unknown)s ELSE %(action)s END)
"""
"""The pending order that has waited longest to be looked at, and whether it has had its time. Whoever has claimed it
looks at it alone until `recover_at`, which comes later the older the order is. By that, and not by its age, it has its
turn again: else a few that are never answered would hold up all that came after them.
"""
