"""The invariants of orders: totals, histories, refunds, and what may wait for how long."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings

from orders.history import ImpossibleHistory, replay
from orders.recovery import UNKNOWN_SECONDS
from shopflow.invariants.base import Invariant, Reading, by_sql, stream

HISTORIES = """
SELECT placed.id, placed.version, placed.status, placed.refunded, line.refunded, history.sequences, history.events
FROM orders_order AS placed
LEFT JOIN LATERAL (
    SELECT json_object_agg(product_id, refunded)::text AS refunded
    FROM orders_orderline WHERE order_id = placed.id AND refunded <> 0
) AS line ON true
LEFT JOIN LATERAL (
    SELECT array_agg(sequence ORDER BY sequence) AS sequences,
           json_agg(json_build_array(type, data) ORDER BY sequence)::text AS events
    FROM orders_orderevent WHERE order_id = placed.id
) AS history ON true
"""

REFUNDED_OTHERWISE = """
SELECT 'order ' || placed.id
FROM orders_order AS placed
LEFT JOIN (
    SELECT order_id, sum(amount) AS amount FROM orders_refund WHERE state = 'succeeded' GROUP BY order_id
) AS refund ON refund.order_id = placed.id
WHERE placed.refunded <> coalesce(refund.amount, 0) OR placed.refunded > placed.total
UNION
SELECT 'order ' || coalesce(line.order_id, refund.order_id)
FROM orders_orderline AS line
FULL JOIN (
    SELECT refund.order_id, back.product_id, sum(back.quantity) AS quantity
    FROM orders_refund AS refund JOIN orders_refundline AS back ON back.refund_id = refund.id
    WHERE refund.state <> 'failed'
    GROUP BY refund.order_id, back.product_id
) AS refund ON refund.order_id = line.order_id AND refund.product_id = line.product_id
WHERE line.refunded IS DISTINCT FROM coalesce(refund.quantity, 0) OR line.refunded > line.quantity
"""


def read_histories() -> Reading:
    checked = 0
    breaches: set[str] = set()
    for number, version, *state, sequences, events in stream("orders", HISTORIES):
        checked += 1
        if sequences != list(range(1, version + 1)) or not _leads_to(events, *state):
            breaches.add(f"order {number}")
    return Reading(checked, frozenset(breaches))


def _leads_to(events: str, status: str, refunded: int, quantities: str | None) -> bool:
    returned: dict[str, Any] = json.loads(quantities or "{}")
    try:
        replayed = replay(json.loads(events))
    except (ImpossibleHistory, KeyError):
        return False
    return replayed == (status, refunded, {int(id): quantity for id, quantity in sorted(returned.items())})


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
    Invariant("the history of each order has no gap and replays to its state", read_histories),
    Invariant(
        "what was refunded of each order is the sum of its refunds, and no more than was ordered",
        by_sql("orders", count="SELECT count(*) FROM orders_refund", breaches=REFUNDED_OTHERWISE),
    ),
    Invariant(
        "no refund is requested longer than its limit",
        by_sql(
            "orders",
            count="SELECT count(*) FROM orders_refund WHERE state = 'requested'",
            breaches="""
                SELECT 'refund ' || id FROM orders_refund
                WHERE state = 'requested' AND created_at < statement_timestamp() - interval '15 minutes'
            """,
        ),
    ),
    Invariant(
        "no order is pending longer than its limit",
        by_sql(
            "orders",
            count="SELECT count(*) FROM orders_order WHERE status = 'pending'",
            breaches=f"""
                SELECT 'order ' || id FROM orders_order
                WHERE status = 'pending' AND created_at < statement_timestamp() - make_interval(
                    mins => 5, secs => {UNKNOWN_SECONDS}
                    + CASE WHEN next_action IS NULL THEN 0 ELSE {settings.PAYMENT_ACTION_SECONDS} END
                )
            """,  # noqa: S608 - numbers of ours
        ),
    ),
]
