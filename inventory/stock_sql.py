"""The statements that move stock. SQL earns its place here: each is one round trip and one commit, in which the stock,
its ledger and what caused the change move together or not at all.

Locks are always taken in one order, products by id and then reservations, so that no two statements can deadlock.
"""

from __future__ import annotations

from typing import Final

RESERVE: Final = """
WITH wanted AS (
    SELECT product_id, quantity
    FROM unnest(%(product_ids)s::bigint[], %(quantities)s::bigint[]) AS line (product_id, quantity)
), locked AS MATERIALIZED (
    SELECT product.id, product.name, product.price, product.currency, wanted.quantity
    FROM inventory_product AS product
    JOIN wanted ON wanted.product_id = product.id
    WHERE product.active AND product.stock >= wanted.quantity
    ORDER BY product.id
    FOR NO KEY UPDATE OF product
), reservation AS (
    INSERT INTO inventory_reservation (id, state, expires_at)
    SELECT %(reservation_id)s::uuid, 'held', statement_timestamp() + make_interval(secs => %(ttl_seconds)s::float8)
    WHERE (SELECT count(*) FROM locked) = cardinality(%(product_ids)s::bigint[])
      AND (SELECT count(DISTINCT currency) FROM locked) = 1
    ON CONFLICT (id) DO NOTHING
    RETURNING id, expires_at
), taken AS (
    UPDATE inventory_product AS product
    SET stock = product.stock - locked.quantity
    FROM locked, reservation
    WHERE product.id = locked.id
    RETURNING product.id
), ledger AS (
    INSERT INTO inventory_stockmovement (product_id, delta, kind, reference, reason)
    SELECT taken.id, -locked.quantity, 'reservation', reservation.id::text, ''
    FROM taken JOIN locked USING (id), reservation
), lines AS (
    INSERT INTO inventory_reservationline (reservation_id, product_id, quantity, name, unit_price, currency)
    SELECT reservation.id, locked.id, locked.quantity, locked.name, locked.price, locked.currency
    FROM locked, reservation
)
SELECT 'held', reservation.expires_at, locked.id, locked.quantity, locked.name, locked.price, locked.currency
FROM reservation, locked
ORDER BY locked.id
"""
"""No row: the reservation exists already, or a product is missing or short, or not all are sold in one currency."""

FIND_RESERVATION: Final = """
SELECT reservation.state, reservation.expires_at,
       line.product_id, line.quantity, line.name, line.unit_price, line.currency
FROM inventory_reservation AS reservation
JOIN inventory_reservationline AS line ON line.reservation_id = reservation.id
WHERE reservation.id = %(reservation_id)s::uuid
ORDER BY line.product_id
"""

COMMIT: Final = """
WITH locked AS MATERIALIZED (
    SELECT id FROM inventory_reservation
    WHERE id = ANY(%(reservation_ids)s::uuid[]) AND state = 'held'
    ORDER BY id
    FOR NO KEY UPDATE
)
UPDATE inventory_reservation AS reservation
SET state = 'committed', updated_at = statement_timestamp()
FROM locked
WHERE reservation.id = locked.id
RETURNING reservation.id::text
"""

GIVE_BACK: Final = """
WITH locked AS MATERIALIZED (
    SELECT product.id
    FROM inventory_product AS product
    WHERE product.id IN (
        SELECT line.product_id FROM inventory_reservationline AS line
        WHERE line.reservation_id = ANY(%(reservation_ids)s::uuid[])
    )
    ORDER BY product.id
    FOR NO KEY UPDATE
), closed AS (
    UPDATE inventory_reservation AS reservation
    SET state = %(to_state)s, updated_at = statement_timestamp()
    WHERE reservation.id = ANY(%(reservation_ids)s::uuid[])
      AND reservation.state = ANY(%(from_states)s::text[])
      AND (SELECT count(*) FROM locked) > 0
    RETURNING reservation.id
), back AS (
    SELECT line.reservation_id, line.product_id, line.quantity
    FROM inventory_reservationline AS line JOIN closed ON closed.id = line.reservation_id
), returned AS (
    UPDATE inventory_product AS product
    SET stock = product.stock + total.quantity
    FROM (SELECT product_id, sum(quantity)::bigint AS quantity FROM back GROUP BY product_id) AS total
    WHERE product.id = total.product_id
), ledger AS (
    INSERT INTO inventory_stockmovement (product_id, delta, kind, reference, reason)
    SELECT back.product_id, back.quantity, %(kind)s, back.reservation_id::text, ''
    FROM back
)
SELECT closed.id FROM closed
"""
"""The count over `locked` makes the locks come first; it is never zero, because a reservation always has lines."""

RETURN: Final = """
WITH back AS (
    SELECT product_id, quantity
    FROM unnest(%(product_ids)s::bigint[], %(quantities)s::bigint[]) AS line (product_id, quantity)
), locked AS MATERIALIZED (
    SELECT product.id, back.quantity
    FROM inventory_product AS product
    JOIN back ON back.product_id = product.id
    ORDER BY product.id
    FOR NO KEY UPDATE OF product
), ledger AS (
    INSERT INTO inventory_stockmovement (product_id, delta, kind, reference, reason)
    SELECT locked.id, locked.quantity, 'return', %(refund_id)s, '' FROM locked
    ON CONFLICT DO NOTHING
    RETURNING product_id, delta
)
UPDATE inventory_product AS product
SET stock = product.stock + ledger.delta
FROM ledger
WHERE product.id = ledger.product_id
RETURNING product.id
"""
"""The ledger lets each line of a refund in once; no row: it came back before."""

ADJUST: Final = """
WITH locked AS MATERIALIZED (
    SELECT id FROM inventory_product
    WHERE id = %(product_id)s AND archived_at IS NULL AND (active OR %(drafts)s::boolean)
      AND stock + %(delta)s::bigint >= 0
    FOR NO KEY UPDATE
), ledger AS (
    INSERT INTO inventory_stockmovement (product_id, delta, kind, reference, reason, note, actor_id, key)
    SELECT locked.id, %(delta)s::bigint, %(kind)s, %(reference)s, %(reason)s, %(note)s, %(actor_id)s::bigint,
           %(key)s::uuid
    FROM locked
    ON CONFLICT (key) WHERE key IS NOT NULL DO NOTHING
    RETURNING product_id, delta
), changed AS (
    UPDATE inventory_product AS product
    SET stock = product.stock + ledger.delta
    FROM ledger
    WHERE product.id = ledger.product_id
    RETURNING product.id, product.stock
), outbox AS (
    INSERT INTO messaging_outboxevent (type, version, aggregate_id, data, headers)
    SELECT 'stock.adjusted', 1, 'product:' || changed.id,
           jsonb_build_object('product_id', changed.id, 'delta', %(delta)s::bigint, 'stock', changed.stock),
           %(headers)s::jsonb
    FROM changed
)
SELECT changed.stock FROM changed
"""
"""The ledger lets each key in once. No row: it was there, or the product is missing, archived or short."""
