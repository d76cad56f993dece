"""The invariants between orders and payments.

With those between orders and inventory they say that nothing is paid without its stock: what is paid stands, and what
stands has its stock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from shopflow.invariants.base import Invariant, Reading, Row, side_by_side

ORDERS = """
SELECT placed.id, placed.status, placed.payment_method <> '', placed.total, placed.currency, placed.refunded,
       coalesce((
           SELECT sum(refund.amount) FROM orders_refund AS refund
           WHERE refund.order_id = placed.id AND refund.state = 'requested'
       ), 0),
       EXISTS (
           SELECT FROM messaging_outboxevent AS event
           WHERE event.aggregate_id = 'order:' || placed.id
             AND event.type = 'order.cancelled' AND event.delivered_at IS NULL
       )
FROM orders_order AS placed
ORDER BY placed.id
"""

PAYMENTS = """
SELECT order_id, amount, currency, captured, refunded, cancel_requested_at IS NOT NULL
FROM payments_paymentintent
ORDER BY order_id
"""


@dataclass(frozen=True, slots=True)
class Order:
    status: str
    by_payment: bool
    total: int
    currency: str
    refunded: int
    refunds_under_way: int
    cancellation_under_way: bool


@dataclass(frozen=True, slots=True)
class Payment:
    amount: int
    currency: str
    captured: int
    refunded: int
    called_off: bool
    """Or about to be: how long that may take is a rule of payments."""


NO_PAYMENT = Payment(0, "", 0, 0, called_off=False)
Rule = Callable[[Order | None, Payment], bool]


def is_paid(order: Order | None, payment: Payment) -> bool:
    if order is None or order.status in ("pending", "cancelled"):
        return True
    if not order.by_payment:
        return payment.captured == 0
    return (payment.captured, payment.currency) == (order.total, order.currency)


def has_its_order(order: Order | None, payment: Payment) -> bool:
    """What was taken for an order that does not stand went back, or is about to."""
    if order is not None and (order.status != "cancelled" or order.cancellation_under_way):
        return True
    return payment.called_off or payment.refunded >= payment.captured


def gave_back(order: Order | None, payment: Payment) -> bool:
    """What was refunded; while one is under way, that may or may not be among it."""
    if order is None or order.status in ("pending", "cancelled"):
        return True
    refunded = order.refunded if order.by_payment else 0
    return refunded <= payment.refunded <= refunded + order.refunds_under_way


def _reading(rule: Rule) -> Callable[[], Reading]:
    def read() -> Reading:
        checked = 0
        breaches: set[str] = set()
        for id, found in side_by_side({"orders": ORDERS, "payments": PAYMENTS}):
            checked += 1
            if not rule(_order(found.get("orders")), _payment(found.get("payments"))):
                breaches.add(f"order {id}")
        return Reading(checked, frozenset(breaches))

    return read


def _order(row: Row | None) -> Order | None:
    return None if row is None else Order(*row)


def _payment(row: Row | None) -> Payment:
    return NO_PAYMENT if row is None else Payment(*row)


INVARIANTS = [
    Invariant("every order that stands is paid in full, or on invoice and not charged", _reading(is_paid)),
    Invariant("no charge is without its order: of one cancelled or missing it went back", _reading(has_its_order)),
    Invariant("what went back of a payment is what was refunded of its order", _reading(gave_back)),
]
