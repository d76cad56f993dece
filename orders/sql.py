"""The statements that change an order. SQL earns its place here: the order, its lines, its history and the event that
tells of it are one round trip and one commit.
"""

from __future__ import annotations

from typing import Final

PLACE: Final = """
WITH placed AS (
    INSERT INTO orders_order (user_id, status, currency, total, reservation_id, idempotency_key, fingerprint)
    SELECT %(user_id)s, %(status)s, %(currency)s, %(total)s, %(reservation_id)s::uuid, %(key)s, %(fingerprint)s
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

MOVE: Final = """
WITH moved AS (
    UPDATE orders_order
    SET status = %(to_status)s, version = version + 1, updated_at = statement_timestamp()
    WHERE id = %(order_id)s AND status = ANY(%(from_statuses)s::text[])
    RETURNING id, version, user_id, reservation_id, total, currency
), history AS (
    INSERT INTO orders_orderevent (order_id, sequence, type)
    SELECT moved.id, moved.version, %(event)s FROM moved
), outbox AS (
    INSERT INTO messaging_outboxevent (type, version, aggregate_id, data, headers)
    SELECT %(event)s, 1, 'order:' || moved.id,
           %(data)s::jsonb || jsonb_build_object('order_id', moved.id),
           %(headers)s::jsonb
    FROM moved
)
SELECT moved.id FROM moved
"""
"""One move of an order's status, with its history and its event. No row: its status does not allow the move."""
