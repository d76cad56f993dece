"""Every change of a refund: requested, then succeeded or failed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from contracts.events import OrderRefunded, RefundFailed, RefundRequested
from orders import refund_sql
from orders.moves import event, locked, run
from orders.refund_selectors import RefundDetails
from orders.selectors import OrderDetails


def request(
    order: OrderDetails,
    *,
    refund_id: str,
    quantities: Mapping[int, int],
    restock: bool,
    reason: str,
    actor_id: int,
    fingerprint: str,
) -> bool:
    """Take the quantities from what is left of the lines, all or none, and say that they are to come back.

    False where the order's status is no longer what was read: whether it was shipped decides what may come back how.
    """
    prices = {line.product_id: line.unit_price for line in order.lines}
    amount = sum(prices[product_id] * quantity for product_id, quantity in quantities.items())
    facts = {
        "refund_id": refund_id,
        "amount": amount if order.payment_method else 0,
        "currency": order.currency,
        "lines": sorted(quantities.items()),
        "restock": restock,
    }
    row = run(
        refund_sql.REQUEST,
        order_id=order.id,
        refund_id=refund_id,
        product_ids=list(quantities),
        quantities=list(quantities.values()),
        status=order.status.value,
        amount=facts["amount"],
        restock=restock,
        reason=reason,
        actor_id=actor_id,
        fingerprint=fingerprint,
        facts=json.dumps({**facts, "reason": reason} if reason else facts),
        **event(RefundRequested, user_id=order.user_id, **facts),
    )
    return row is not None


def succeed(refund: RefundDetails) -> bool:
    """Its money went back: the order is refunded where nothing else is left of it. False if it was settled before."""
    facts = {**_facts(refund), "restock": refund.restock}
    with locked(refund.order_id):
        row = run(
            refund_sql.SUCCEED,
            refund_id=refund.id,
            facts=json.dumps(facts),
            **event(OrderRefunded, user_id=refund.user_id, **facts),
        )
    return row is not None


def fail(refund: RefundDetails, *, reason: str) -> bool:
    """Its lines are as they were before it was asked for. False if it was settled before."""
    facts = _facts(refund)
    with locked(refund.order_id):
        row = run(
            refund_sql.FAIL,
            refund_id=refund.id,
            facts=json.dumps({**facts, "reason": reason}),
            **event(RefundFailed, user_id=refund.user_id, **facts),
        )
    return row is not None


def _facts(refund: RefundDetails) -> dict[str, Any]:
    return {
        "refund_id": refund.id,
        "amount": refund.amount,
        "currency": refund.currency,
        "lines": refund.lines,
    }
