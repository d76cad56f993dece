"""The invariants between orders and inventory: what was sold is held or gone, and what came back is back."""

from __future__ import annotations

from shopflow.invariants.base import Invariant, Reading, Row, side_by_side, stream

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


RETURNED = """
SELECT reference, md5(string_agg(product_id || ':' || delta, ',' ORDER BY product_id, id))
FROM inventory_stockmovement
WHERE kind = 'return'
GROUP BY reference
ORDER BY reference COLLATE "C"
"""

TO_RETURN = """
SELECT refund.id::text, refund.state, event.event_id IS NOT NULL AND event.delivered_at IS NULL,
       md5(string_agg(line.product_id || ':' || line.quantity, ',' ORDER BY line.product_id))
FROM orders_refund AS refund
JOIN orders_refundline AS line ON line.refund_id = refund.id
LEFT JOIN messaging_outboxevent AS event
       ON event.aggregate_id = 'order:' || refund.order_id
      AND event.type = 'order.refunded'
      AND event.data->>'refund_id' = refund.id::text
WHERE refund.restock
GROUP BY refund.id, event.event_id, event.delivered_at
ORDER BY refund.id
"""

UNDELIVERED = """
SELECT DISTINCT data->>'reservation_id' FROM messaging_outboxevent
WHERE delivered_at IS NULL AND aggregate_id LIKE 'order:%'
"""


def read() -> Reading:
    on_its_way = {id for (id,) in stream("orders", UNDELIVERED)}
    checked = 0
    breaches: set[str] = set()
    for id, found in side_by_side({"inventory": RESERVATIONS, "orders": ORDERS}):
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


def read_returns() -> Reading:
    checked = 0
    breaches: set[str] = set()
    for id, found in side_by_side({"inventory": RETURNED, "orders": TO_RETURN}):
        checked += 1
        if not _came_back(found.get("orders"), found.get("inventory")):
            breaches.add(f"refund {id}")
    return Reading(checked, frozenset(breaches))


def _came_back(refund: Row | None, returned: Row | None) -> bool:
    """A refund that was to bring its lines back did so, or is about to; nothing else did."""
    if refund is None:
        return False
    state, on_its_way, lines = refund
    if returned is None:
        return bool(state != "succeeded" or on_its_way)
    return bool(state == "succeeded" and returned[0] == lines)


INVARIANTS = [
    Invariant("each order's stock is reserved as it was ordered, and back if it was cancelled", read),
    Invariant("what was refunded to be sold again is in stock again, once", read_returns),
]
