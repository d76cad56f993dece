"""The invariants of stock."""

from __future__ import annotations

from inventory.expiry import GRACE
from shopflow.invariants.base import Invariant, by_sql

EXPIRY_LIMIT_SECONDS = GRACE.total_seconds() + 120
"""The grace, and two minutes for the job that comes every fifteen seconds."""

INVARIANTS = [
    Invariant(
        "the stock of each product is the sum of its ledger",
        by_sql(
            "inventory",
            count="SELECT count(*) FROM inventory_product",
            breaches="""
                SELECT 'product ' || product.id
                FROM inventory_product AS product
                LEFT JOIN (
                    SELECT product_id, sum(delta) AS stock FROM inventory_stockmovement GROUP BY product_id
                ) AS ledger ON ledger.product_id = product.id
                WHERE product.stock <> coalesce(ledger.stock, 0)
            """,
        ),
    ),
    Invariant(
        "no stock is negative",
        by_sql(
            "inventory",
            count="SELECT count(*) FROM inventory_product",
            breaches="SELECT 'product ' || id FROM inventory_product WHERE stock < 0",
        ),
    ),
    Invariant(
        "each reservation took its lines from the ledger once, and gave them back once if it is closed",
        by_sql(
            "inventory",
            count="SELECT count(*) FROM inventory_reservation",
            breaches="""
                SELECT DISTINCT 'reservation ' || coalesce(line.reservation, ledger.reservation)
                FROM (
                    SELECT reservation.id::text AS reservation, line.product_id,
                           CASE WHEN reservation.state IN ('held', 'committed') THEN -line.quantity ELSE 0 END AS taken
                    FROM inventory_reservation AS reservation
                    LEFT JOIN inventory_reservationline AS line ON line.reservation_id = reservation.id
                ) AS line
                FULL JOIN (
                    SELECT reference AS reservation, product_id, sum(delta) AS taken,
                           count(*) FILTER (WHERE delta < 0) AS times
                    FROM inventory_stockmovement
                    WHERE kind IN ('reservation', 'release', 'expiry')
                    GROUP BY reference, product_id
                ) AS ledger USING (reservation, product_id)
                WHERE line.taken IS DISTINCT FROM ledger.taken OR ledger.times <> 1
            """,
        ),
    ),
    Invariant(
        "no reservation is held longer than its limit",
        by_sql(
            "inventory",
            count="SELECT count(*) FROM inventory_reservation WHERE state = 'held'",
            breaches=f"""
                SELECT 'reservation ' || id FROM inventory_reservation
                WHERE state = 'held'
                  AND expires_at < statement_timestamp() - make_interval(secs => {EXPIRY_LIMIT_SECONDS})
            """,  # noqa: S608 - a number of ours
        ),
    ),
]
