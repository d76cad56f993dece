"""Reads of the refunds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from contracts.payments import RefundState
from orders.models import Refund


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundDetails:
    """`lines` are pairs of product_id and quantity; `amount` in minor units of `currency`."""

    id: str
    order_id: int
    user_id: int
    """Whose order it is."""
    state: RefundState
    amount: int
    currency: str
    lines: tuple[tuple[int, int], ...]
    restock: bool
    reason: str
    actor_id: int
    fingerprint: str
    created_at: datetime
    updated_at: datetime


def find_refund(*, refund_id: str) -> RefundDetails | None:
    found = _details(Refund.objects.filter(id=refund_id))
    return found[0] if found else None


def list_refunds(*, order_id: int) -> list[RefundDetails]:
    """The oldest first."""
    return _details(Refund.objects.filter(order_id=order_id).order_by("created_at", "id"))


def has_refunds(*, order_id: int) -> bool:
    """Failed ones do not count."""
    return Refund.objects.filter(order_id=order_id).exclude(state=RefundState.FAILED).exists()


def _details(refunds: QuerySet[Refund]) -> list[RefundDetails]:
    return [
        RefundDetails(
            id=str(refund.pk),
            order_id=refund.order_id,
            user_id=refund.order.user_id,
            state=RefundState(refund.state),
            amount=refund.amount,
            currency=refund.order.currency,
            lines=tuple(sorted((line.product_id, line.quantity) for line in refund.lines.all())),
            restock=refund.restock,
            reason=refund.reason,
            actor_id=refund.actor_id,
            fingerprint=refund.fingerprint,
            created_at=refund.created_at,
            updated_at=refund.updated_at,
        )
        for refund in refunds.select_related("order").prefetch_related("lines")
    ]
