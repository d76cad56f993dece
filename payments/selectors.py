"""Reads of the payments."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connections
from django.db.models import Q
from django.db.models.functions import Now

from contracts.payments import PaymentStatus
from payments.models import GIVING_BACK, CallKind, PaymentIntent, ProviderCall, Refund
from payments.sql import COLUMNS, LEFT_BEHIND, REFUNDS_LEFT_BEHIND


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentDetails:
    """A payment as it was when it was read; amounts in minor units of `currency`."""

    id: UUID
    order_id: int
    amount: int
    currency: str
    payment_method: str
    provider: str
    status: PaymentStatus
    reference: str
    next_action: dict[str, str] | None
    failure_reason: str
    captured: int
    refunded: int
    cancel_requested_at: datetime | None

    @property
    def is_cancelling(self) -> bool:
        return self.cancel_requested_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call to the provider. `refund_id` where it gives back a part that was asked for."""

    kind: CallKind
    key: str
    amount: int
    refund_id: UUID | None = None
    age: float = 0.0
    """Seconds since it was first begun, where it is begun again."""


def details_of(row: Sequence[Any]) -> PaymentDetails:
    """Of a row of `sql.COLUMNS`."""
    values = dict(zip(_NAMES, row, strict=True))
    action = values["next_action"]
    values["next_action"] = json.loads(action) if isinstance(action, str) else action
    return PaymentDetails(**{**values, "status": PaymentStatus(values["status"])})


_NAMES = COLUMNS.split(", ")


def payment_by_reference(*, provider: str, reference: str) -> PaymentDetails | None:
    found = PaymentIntent.objects.filter(provider=provider, reference=reference).exclude(reference="")
    row = found.values_list(*_NAMES).first()
    return details_of(row) if row else None


def payment_unanswered(*, provider: str, payment_id: UUID) -> PaymentDetails | None:
    """One of whose authorisation its provider has told us nothing."""
    found = PaymentIntent.objects.filter(id=payment_id, provider=provider, reference="", status=PaymentStatus.CREATED)
    row = found.values_list(*_NAMES).first()
    return details_of(row) if row else None


def payment_by_order(order_id: int) -> PaymentDetails:
    return details_of(PaymentIntent.objects.values_list(*_NAMES).get(order_id=order_id))


def payment_by_id(id: UUID) -> PaymentDetails:
    return details_of(PaymentIntent.objects.values_list(*_NAMES).get(id=id))


def left_behind(*, after: float, limit: int) -> list[PaymentDetails]:
    """What a process that died, or a provider that did not answer, has left undone for `after` seconds."""
    with connections["payments"].cursor() as cursor:
        cursor.execute(LEFT_BEHIND, {"after": after, "limit": limit})
        return [details_of(row) for row in cursor.fetchall()]


def refunds_left_behind(*, after: float, limit: int) -> list[UUID]:
    with connections["payments"].cursor() as cursor:
        cursor.execute(REFUNDS_LEFT_BEHIND, {"after": after, "limit": limit})
        return [id for (id,) in cursor.fetchall()]


def unreconciled(*, after: float, past: UUID | None, limit: int) -> list[PaymentDetails]:
    """What was taken, or may be by the customer, and nobody has asked yet whether its order stands; in order of their
    ids, those past `past`.
    """
    then = Now() - timedelta(seconds=after)
    taken = Q(status__in=GIVING_BACK, updated_at__lt=then)
    awaited = Q(status=PaymentStatus.REQUIRES_ACTION, created_at__lt=then)
    found = PaymentIntent.objects.filter(taken | awaited, reconciled_at=None, cancel_requested_at=None)
    further = found if past is None else found.filter(id__gt=past)
    return [details_of(row) for row in further.order_by("id").values_list(*_NAMES)[:limit]]


def refund_by_id(id: UUID) -> Refund | None:
    return Refund.objects.select_related("intent").filter(id=id).first()


def refunds_under_way(payment: PaymentDetails) -> bool:
    return Refund.objects.filter(intent_id=payment.id, state="requested").exists()


def own_calls(payment: PaymentDetails) -> tuple[dict[str, Call], set[str]]:
    """The calls that settle the payment itself (those of its refunds are theirs): unfinished ones, keys of finished."""
    begun: dict[str, Call] = {}
    finished: set[str] = set()
    mine = ProviderCall.objects.filter(intent_id=payment.id).exclude(_of_a_refund(payment))
    for kind, key, amount, finished_at in mine.order_by("id").values_list("kind", "key", "amount", "finished_at"):
        if finished_at is None:
            begun[key] = Call(kind=CallKind(kind), key=key, amount=amount)
        else:
            finished.add(key)
    return begun, finished


def is_under_way(key: str) -> bool:
    return ProviderCall.objects.filter(key=key, finished_at=None).exists()


def _of_a_refund(payment: PaymentDetails) -> Q:
    return Q(kind=CallKind.REFUND) & ~Q(key=f"refund:{payment.order_id}")
