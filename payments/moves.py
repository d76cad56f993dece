"""Every change of a payment: each is one statement that brings the record of its call and its event along."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from django.conf import settings
from django.db import connections
from django.db.models.functions import Now

from contracts.money import Money
from contracts.payments import PaymentStatus
from contracts.steps import Step
from payments import outbox, sql
from payments.models import GIVING_BACK, OPEN, CallKind, CallOutcome, PaymentIntent
from payments.provider.interface import ProviderPayment, ProviderState
from payments.selectors import Call, PaymentDetails, details_of

ALIAS: Final = "payments"
LEASE_MARGIN: Final = 2.0
"""Seconds that the call of a provider may be repeated in, beside the time of the last one."""

OPEN_PAYMENT = Step("record payment")
CANCEL = Step("record the wish to call a payment off")
RECORD = {
    CallKind.AUTHORISE: Step("record authorisation"),
    CallKind.CAPTURE: Step("record capture"),
    CallKind.VOID: Step("record void"),
    CallKind.REFUND: Step("record refund of payment"),
}
RECORD_NEWS = Step("record news of payment")


class Move(NamedTuple):
    status: PaymentStatus
    allowed_from: tuple[PaymentStatus, ...]


MOVES: Final = {
    ProviderState.REQUIRES_ACTION: Move(
        PaymentStatus.REQUIRES_ACTION, (PaymentStatus.CREATED, PaymentStatus.REQUIRES_ACTION)
    ),
    ProviderState.AUTHORISED: Move(PaymentStatus.AUTHORISED, OPEN),
    ProviderState.CAPTURED: Move(PaymentStatus.CAPTURED, OPEN),
    ProviderState.DECLINED: Move(PaymentStatus.FAILED, OPEN),
    ProviderState.VOIDED: Move(PaymentStatus.VOIDED, OPEN),
}
"""Where a payment goes by what its provider says of it. What is not allowed is old news, and changes nothing."""


def lease(*, calls: int = 1) -> float:
    """Seconds for which whoever makes a call has it for themselves."""
    seconds: float = calls * settings.PROVIDER_SECONDS + LEASE_MARGIN
    return seconds


def open_payment(*, order_id: int, amount: Money, payment_method: str) -> PaymentDetails | None:
    """A payment whose authorisation has been begun, or one of nothing, captured; None where the order has one."""
    id = uuid.uuid4()
    free = amount.minor == 0
    with OPEN_PAYMENT:
        rows = _rows(
            sql.CHARGE,
            id=id,
            order_id=order_id,
            amount=amount.minor,
            currency=amount.currency,
            payment_method=payment_method,
            provider=settings.PAYMENT_PROVIDER,
            status=(PaymentStatus.CAPTURED if free else PaymentStatus.CREATED).value,
            lease=lease(),
            **(outbox.free(id, order_id, amount) if free else outbox.NOTHING),
        )
    return details_of(rows[0]) if rows else None


def cancel(*, order_id: int) -> PaymentDetails:
    """The payment is to be called off; one that comes later is refused."""
    id = uuid.uuid4()
    told = outbox.closed(id, order_id)
    with CANCEL:
        [row] = _rows(sql.CANCEL, id=id, order_id=order_id, provider=settings.PAYMENT_PROVIDER, **told)
    return details_of(row)


def wish_cancelled(*, order_ids: Sequence[int]) -> int:
    """Those of these orders that have a payment want it called off; returns how many. Nobody is asked yet."""
    standing = PaymentIntent.objects.filter(order_id__in=order_ids, status__in=[*OPEN, *GIVING_BACK])
    return standing.filter(cancel_requested_at=None).update(cancel_requested_at=Now())


def reconcile(payment: PaymentDetails) -> None:
    """Its order was seen to stand."""
    PaymentIntent.objects.filter(id=payment.id).update(reconciled_at=Now())


def record(
    payment: PaymentDetails,
    now: ProviderPayment,
    *,
    call: Call | None = None,
    outcome: CallOutcome | None = None,
    go_on: bool,
) -> tuple[PaymentDetails, Call | None]:
    """What the provider says of the payment, by itself or as the outcome of `call`; and the next call, if it begins."""
    move = MOVES[now.state]
    action = now.next_action
    with RECORD[call.kind] if call else RECORD_NEWS:
        [row] = _rows(
            sql.RECORD,
            intent_id=payment.id,
            key=call.key if call else "",
            outcome=(outcome or _outcome(call, now)).value,
            status=move.status.value,
            statuses=[status.value for status in move.allowed_from],
            captured=now.captured if now.state is ProviderState.CAPTURED else 0,
            reference=now.reference or payment.reference,
            next_action=json.dumps({"kind": action.kind, "url": action.url}) if action else None,
            failure_reason=now.reason[:255],
            go_on=go_on,
            lease=lease(),
            **outbox.moved(payment, now),
        )
    *columns, begun = row
    capture = Call(kind=CallKind.CAPTURE, key=f"capture:{payment.order_id}", amount=payment.amount)
    return details_of(columns), capture if begun else None


def postpone(payment: PaymentDetails) -> None:
    """Its provider could not be asked about it: others come first, and it waits as if it had been touched."""
    PaymentIntent.objects.filter(id=payment.id, status__in=OPEN).update(updated_at=Now())


def give_back_nothing(payment: PaymentDetails) -> PaymentDetails:
    """A captured payment of nothing is called off: no provider has it."""
    with RECORD_NEWS:
        [row] = _rows(sql.GIVE_BACK_NOTHING, intent_id=payment.id, **outbox.refunded(payment, amount=0))
    return details_of(row)


def record_refund(payment: PaymentDetails, call: Call, *, outcome: CallOutcome, reason: str = "") -> PaymentDetails:
    succeeded = outbox.refunded(payment, amount=call.amount, call=call)
    failed = outbox.refund_failed(payment, call=call, reason=reason)
    with RECORD[call.kind]:
        [row] = _rows(
            sql.GIVE_BACK,
            intent_id=payment.id,
            key=call.key,
            refund_id=call.refund_id,
            outcome=outcome.value,
            **(succeeded if outcome is CallOutcome.SUCCEEDED else failed),
        )
    return details_of(row)


def _outcome(call: Call | None, now: ProviderPayment) -> CallOutcome:
    if call is None or call.kind is CallKind.AUTHORISE:
        return OUTCOMES.get(now.state, CallOutcome.SUCCEEDED)
    wanted = ProviderState.CAPTURED if call.kind is CallKind.CAPTURE else ProviderState.VOIDED
    return CallOutcome.SUCCEEDED if now.state is wanted else CallOutcome.REFUSED


OUTCOMES: Final = {
    ProviderState.DECLINED: CallOutcome.DECLINED,
    ProviderState.REQUIRES_ACTION: CallOutcome.REQUIRES_ACTION,
}


def _rows(statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
