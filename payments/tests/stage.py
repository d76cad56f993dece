"""What the tests of the payments ask for and look at."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.db.models import F
from django.db.models.functions import Now

from contracts.money import Money
from contracts.payments import PaymentStatus, RefundState
from payments import services
from payments.models import PaymentIntent, ProviderCall, SimulatedEntry
from payments.selectors import PaymentDetails, payment_by_order
from shopflow.messaging.models import OutboxEvent

EUR = Money(currency="EUR", minor=2550)
CAPTURED = [("authorise:7", 2550, "authorised"), ("capture:7", 2550, "captured")]
"""The provider's ledger of an order that was paid."""


def charge(order_id: int = 7, method: str = "pm_ok", amount: Money = EUR) -> PaymentDetails:
    return services.charge(order_id=order_id, amount=amount, payment_method=method)


def refund(amount: int, *, refund_id: str | None = None, order_id: int = 7) -> RefundState:
    money = Money(currency="EUR", minor=amount)
    made = services.refund(refund_id=refund_id or str(uuid.uuid4()), order_id=order_id, amount=money)
    return RefundState(made.state)


def ledger(order_id: int = 7) -> list[tuple[str, int, str]]:
    """The provider's, without what it turned away."""
    entries = SimulatedEntry.objects.filter(order_id=order_id).exclude(kind="fault").order_by("id")
    return list(entries.values_list("key", "amount", "outcome"))


def calls(order_id: int = 7) -> list[tuple[str, str | None, int]]:
    made = ProviderCall.objects.filter(intent__order_id=order_id).order_by("id")
    return list(made.values_list("key", "outcome", "attempts"))


def unfinished(order_id: int = 7) -> list[str]:
    return list(ProviderCall.objects.filter(intent__order_id=order_id, finished_at=None).values_list("key", flat=True))


def standing(order_id: int = 7) -> tuple[PaymentStatus, int, int]:
    payment = payment_by_order(order_id)
    return payment.status, payment.captured, payment.refunded


def told() -> list[tuple[str, dict[str, Any]]]:
    """The events, without the id of the payment."""
    rows = OutboxEvent.objects.using("payments").order_by("id").values_list("type", "data")
    return [(kind, {name: value for name, value in data.items() if name != "payment_id"}) for kind, data in rows]


def kinds() -> list[str]:
    return [kind for kind, _ in told()]


def let_time_pass(minutes: int = 9) -> None:
    """Nobody holds a call any more, and whatever stands still was left behind."""
    then = timedelta(minutes=minutes)
    PaymentIntent.objects.update(updated_at=Now() - then)
    ProviderCall.objects.filter(finished_at=None).update(started_at=Now() - then, lease_until=F("lease_until") - then)
