"""A charge without an order: taken for an order that orders knows nothing of, as after a loss of its database."""

from __future__ import annotations

import uuid
from typing import Final

from tests.crash.purchase import Purchase

AMOUNT: Final = 2550
BEYOND: Final = 10**12
"""No order has such a number."""

TAKEN: Final = """
WITH payment AS (
    INSERT INTO payments_paymentintent
           (id, order_id, amount, captured, currency, payment_method, provider, status, reference)
    VALUES (%(id)s, %(order)s::bigint, %(amount)s, %(amount)s, 'EUR', 'pm_ok', 'simulated', 'captured', %(id)s::text)
    RETURNING *
), calls AS (
    INSERT INTO payments_providercall (intent_id, kind, key, amount, lease_until, outcome, finished_at)
    SELECT payment.id, kind, kind || ':' || order_id, amount, now(), 'succeeded', now()
    FROM payment, unnest(ARRAY['authorise', 'capture']) AS kind
), entries AS (
    INSERT INTO payments_simulatedentry (key, kind, reference, order_id, amount, currency, method, outcome)
    SELECT kind || ':' || order_id, kind, reference, order_id, amount, currency, payment_method, kind || 'd'
    FROM payment, unnest(ARRAY['authorise', 'capture']) AS kind
)
INSERT INTO messaging_outboxevent (type, version, aggregate_id, data)
SELECT 'payment.captured', 1, 'payment:' || id,
       jsonb_build_object('payment_id', id, 'order_id', order_id, 'amount', amount, 'currency', currency)
FROM payment
RETURNING aggregate_id
"""


def take(purchase: Purchase) -> None:
    """Both ledgers have it, and its event is told."""
    id = uuid.uuid4()
    purchase.stray = BEYOND + id.int % BEYOND
    purchase.world.books.rows("payments", TAKEN, id=id, order=purchase.stray, amount=AMOUNT)


def gone_back(purchase: Purchase) -> None:
    purchase.world.until(lambda: _given_back(purchase) == AMOUNT, lambda: f"{purchase.stray} should go back")
    purchase.world.until(lambda: not _under_way(purchase), lambda: _under_way(purchase))


def judge(purchase: Purchase) -> list[str]:
    ledger = purchase.world.books.entries(purchase.stray)
    moved = [(entry["kind"], entry["amount"]) for entry in ledger]
    wanted = [("authorise", AMOUNT), ("capture", AMOUNT), ("refund", AMOUNT)]
    return [] if moved == wanted else [f"the provider's ledger is {moved}"]


def _given_back(purchase: Purchase) -> int:
    payment = purchase.world.books.payment(purchase.stray)
    return payment["refunded"] if payment else 0


def _under_way(purchase: Purchase) -> list[str]:
    return purchase.world.books.under_way(purchase.stray)
