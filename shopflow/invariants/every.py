"""All of them, in the order in which `verify_shop` shows them."""

from __future__ import annotations

from shopflow.invariants import across, events, notifications, orders, paid, payments, sales, stock
from shopflow.invariants.base import Invariant

EVERY: list[Invariant] = [
    *stock.INVARIANTS,
    *orders.INVARIANTS,
    *across.INVARIANTS,
    *payments.INVARIANTS,
    *paid.INVARIANTS,
    *events.INVARIANTS,
    *notifications.INVARIANTS,
    *sales.INVARIANTS,
]
