"""The invariants between two databases: what orders sold is what inventory holds for it."""

from __future__ import annotations

from typing import Any

from django.db import connections

from shopflow.invariants.base import Invariant, Reading

CLOSED = {"released", "expired"}

RESERVATIONS = """
SELECT reservation.id::text, reservation.state,
       md5(string_agg(line.product_id || ':' || line.quantity, ',' ORDER BY line.product_id))
FROM inventory_reservation AS reservation
JOIN inventory_reservationline AS line ON line.reservation_id = reservation.id
GROUP BY reservation.id
"""

ORDERS = """
SELECT placed.reservation_id::text, placed.status, placed.id,
       md5(string_agg(line.product_id || ':' || line.quantity, ',' ORDER BY line.product_id))
FROM orders_order AS placed
JOIN orders_orderline AS line ON line.order_id = placed.id
GROUP BY placed.id
"""

UNDELIVERED = """
SELECT DISTINCT data->>'reservation_id' FROM messaging_outboxevent
WHERE delivered_at IS NULL AND aggregate_id LIKE 'order:%'
"""


def read() -> Reading:
    reservations = {id: (state, lines) for id, state, lines in _rows("inventory", RESERVATIONS)}
    orders = {id: (status, number, lines) for id, status, number, lines in _rows("orders", ORDERS)}
    on_its_way = {id for (id,) in _rows("orders", UNDELIVERED)}
    breaches = {
        f"order {number}"
        for id, (status, number, lines) in orders.items()
        if not _fits(status, lines, reservations.get(id), on_its_way=id in on_its_way)
    }
    breaches |= {
        f"reservation {id}" for id, (state, _) in reservations.items() if state == "committed" and id not in orders
    }
    return Reading(len(orders), frozenset(breaches))


def _fits(status: str, lines: str, reservation: tuple[str, str] | None, *, on_its_way: bool) -> bool:
    """A live order has its stock; a cancelled one has given it back, or is about to."""
    if reservation is None or reservation[1] != lines:
        return False
    state = reservation[0]
    if status == "cancelled":
        return state in CLOSED or on_its_way
    return state == "committed" or (state == "held" and (on_its_way or status == "pending"))


def _rows(context: str, statement: str) -> list[tuple[Any, ...]]:
    with connections[context].cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


INVARIANTS = [Invariant("each order's stock is reserved as it was ordered, and back if it was cancelled", read)]
