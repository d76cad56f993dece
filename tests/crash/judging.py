"""What must be true of one order once nothing of it goes on any more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from shopflow.wiring import HANDLERS
from tests.crash.books import Books, Row
from tests.crash.purchase import LINES, STOCK, Purchase

LIVE: Final = {"confirmed", "shipped", "delivered", "refunded"}


def judge(purchase: Purchase, ends: str) -> list[str]:
    """Everything that is wrong with it."""
    books = purchase.world.books
    order = purchase.order
    wrong = [] if order["status"] == ends else [f"it ended {order['status']}"]
    return [*wrong, *_money(books, order), *_stock(purchase, order), *_history(books, order), *_told(books, order)]


def _money(books: Books, order: Row) -> Iterator[str]:
    ledger = books.entries(order["id"])
    payment = books.payment(order["id"]) or {"captured": 0, "refunded": 0, "amount": 0, "status": "none"}
    captures = [entry["amount"] for entry in ledger if entry["kind"] == "capture"]
    back = sum(entry["amount"] for entry in ledger if entry["kind"] == "refund")
    if len(captures) > 1:
        yield f"{len(captures)} captures"
    if not back <= sum(captures) <= order["total"]:
        yield f"{back} went back of {captures}, for an order of {order['total']}"
    if (payment["captured"], payment["refunded"]) != (sum(captures), back):
        yield f"the provider took {captures} and gave {back}; we have {payment}"
    stands = order["status"] in LIVE and order["payment_method"] != ""
    if stands and (sum(captures), back) != (order["total"], order["refunded"]):
        yield f"{order['status']}, and {captures} taken, {back} given back of {order['total']}"
    if not stands and sum(captures) != back:
        yield f"{order['status']}, and {sum(captures) - back} of the customer's money is kept"


def _stock(purchase: Purchase, order: Row) -> Iterator[str]:
    books = purchase.world.books
    lines = books.rows("orders", "SELECT * FROM orders_orderline WHERE order_id = %(order)s", order=order["id"])
    if sorted(line["quantity"] for line in lines) != sorted(LINES):
        yield f"its lines are {lines}"
    for line in lines:
        gone = line["quantity"] - line["refunded"] if order["status"] in LIVE else 0
        statement = "SELECT stock FROM inventory_product WHERE id = %(product)s"
        (product,) = books.rows("inventory", statement, product=line["product_id"])
        if product["stock"] != STOCK - gone:
            yield f"{order['status']}: of product {line['product_id']} there are {product['stock']}, {gone} being sold"
    statement = "SELECT state FROM inventory_reservation WHERE id = %(id)s"
    states = [row["state"] for row in books.rows("inventory", statement, id=order["reservation_id"])]
    if states not in ([["committed"]] if order["status"] in LIVE else [["released"], ["expired"]]):
        yield f"{order['status']}, and its reservation is {states}"


def _history(books: Books, order: Row) -> Iterator[str]:
    """No gap, and an event for each move: no more, no less."""
    statement = "SELECT * FROM orders_orderevent WHERE order_id = %(order)s ORDER BY sequence"
    history = books.rows("orders", statement, order=order["id"])
    if [event["sequence"] for event in history] != list(range(1, order["version"] + 1)):
        yield f"a gap in its history: {history}"
    statement = "SELECT type FROM messaging_outboxevent WHERE aggregate_id = 'order:' || %(order)s::text ORDER BY id"
    told = [event["type"] for event in books.rows("orders", statement, order=order["id"])]
    if told != [event["type"] for event in history]:
        yield f"it told of {told}, and its history is {[event['type'] for event in history]}"


def _told(books: Books, order: Row) -> Iterator[str]:
    """Each event was applied once by each of those who listen to it."""
    statement = "SELECT event_id, type FROM messaging_outboxevent WHERE aggregate_id = %(kind)s || %(id)s::text"
    events = books.rows("orders", statement, kind="order:", id=order["id"])
    if payment := books.payment(order["id"]):
        events += books.rows("payments", statement, kind="payment:", id=payment["id"])
    yield from _misapplied(books, events)


def misapplied(books: Books) -> list[str]:
    """Of all events of the shop: those that somebody has applied twice, or not at all."""
    statement = "SELECT event_id, type FROM messaging_outboxevent"
    return list(_misapplied(books, [event for context in CONSUMERS for event in books.rows(context, statement)]))


def _misapplied(books: Books, events: list[Row]) -> Iterator[str]:
    for context, consumed in CONSUMERS.items():
        statement = "SELECT event_id, consumer FROM messaging_inboxentry WHERE event_id = ANY(%(ids)s)"
        found = books.rows(context, statement, ids=[event["event_id"] for event in events])
        applied = Counter((row["event_id"], row["consumer"]) for row in found)
        wanted = Counter((event["event_id"], name) for event in events for name in consumed.get(event["type"], ()))
        if applied != wanted:
            yield f"{context} applied {applied - wanted} too often and {wanted - applied} not at all"


CONSUMERS: Final = {
    context: {
        event.type: [f"{context}.{handler.__name__}" for handler in listening] for event, listening in handlers.items()
    }
    for context, handlers in HANDLERS.items()
}
"""By context: the names of those who listen, by the type of the event."""
