"""The invariants between two databases: what orders sold is what inventory holds for it."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from itertools import groupby
from operator import itemgetter
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
ORDER BY reservation.id
"""

ORDERS = """
SELECT placed.reservation_id::text, placed.status, placed.id,
       md5(string_agg(line.product_id || ':' || line.quantity, ',' ORDER BY line.product_id))
FROM orders_order AS placed
JOIN orders_orderline AS line ON line.order_id = placed.id
GROUP BY placed.id
ORDER BY placed.reservation_id
"""

SIDES = {"inventory": RESERVATIONS, "orders": ORDERS}
CHUNK = 5000

UNDELIVERED = """
SELECT DISTINCT data->>'reservation_id' FROM messaging_outboxevent
WHERE delivered_at IS NULL AND aggregate_id LIKE 'order:%'
"""


def read() -> Reading:
    """Both sides in order of the reservation, side by side, however many there are."""
    on_its_way = {id for (id,) in _stream("orders", UNDELIVERED)}
    sides = (_side(context, statement) for context, statement in SIDES.items())
    checked = 0
    breaches: set[str] = set()
    for id, rows in groupby(merge(*sides), key=itemgetter(0)):
        found = {context: row for _, context, row in rows}
        if "orders" in found:
            checked += 1
            status, number, lines = found["orders"]
            if not _fits(status, lines, found.get("inventory"), on_its_way=id in on_its_way):
                breaches.add(f"order {number}")
        elif found["inventory"][0] == "committed":
            breaches.add(f"reservation {id}")
    return Reading(checked, frozenset(breaches))


def _fits(status: str, lines: str, reservation: tuple[str, str] | None, *, on_its_way: bool) -> bool:
    """A live order has its stock; a cancelled one has given it back, or is about to."""
    if reservation is None or reservation[1] != lines:
        return False
    state = reservation[0]
    if status == "cancelled":
        return state in CLOSED or on_its_way
    return state == "committed" or (state == "held" and (on_its_way or status == "pending"))


def _side(context: str, statement: str) -> Iterator[tuple[str, str, tuple[Any, ...]]]:
    for id, *rest in _stream(context, statement):
        yield id, context, tuple(rest)


def _stream(context: str, statement: str) -> Iterator[tuple[Any, ...]]:
    with connections[context].chunked_cursor() as cursor:
        cursor.execute(statement)
        while rows := cursor.fetchmany(CHUNK):
            yield from rows


INVARIANTS = [Invariant("each order's stock is reserved as it was ordered, and back if it was cancelled", read)]
