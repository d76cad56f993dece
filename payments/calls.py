"""Making one call to a provider: held by one at a time, and made again under its key until there is an answer."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final, TypeVar

from django.db import connections
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_random

from contracts.base import time_left
from contracts.money import Money
from contracts.payments import PaymentStatus
from contracts.steps import Step
from payments import lookup, sql
from payments.models import CallKind, CallOutcome
from payments.moves import ALIAS, lease
from payments.provider.choice import provider_of
from payments.provider.interface import (
    PaymentProvider,
    ProviderPayment,
    ProviderRefund,
    ProviderState,
    ProviderTimeout,
    ProviderUnavailable,
)
from payments.selectors import Call, PaymentDetails

logger = logging.getLogger(__name__)

A = TypeVar("A")

ATTEMPTS: Final = 3
RETRY_SECONDS: Final = 1.0
"""For how long a call that did not reach the provider is tried again: less than the margin of the lease."""

BEGIN = Step("record that a call begins")
TAKE_OVER = Step("take over a call")
LET_GO = Step("let go of a call")
AT_PROVIDER = {
    CallKind.AUTHORISE: Step("authorise at provider"),
    CallKind.CAPTURE: Step("capture at provider"),
    CallKind.VOID: Step("void at provider"),
    CallKind.REFUND: Step("refund at provider"),
}


def begin(payment: PaymentDetails, call: Call, *, when: Sequence[PaymentStatus]) -> Call | None:
    """Record a call before it is made, if the payment is still in `when`, and still (or still not) to be called off."""
    with BEGIN:
        begun = _execute(
            sql.BEGIN,
            intent_id=payment.id,
            kind=call.kind.value,
            key=call.key,
            amount=call.amount,
            lease=lease(),
            statuses=[status.value for status in when],
            cancelling=payment.is_cancelling,
        )
        return call if begun else None


def take_over(call: Call) -> Call | None:
    """A call that somebody else began is ours to make; not while they are about it, nor once it has its outcome."""
    with TAKE_OVER, connections[ALIAS].cursor() as cursor:
        cursor.execute(sql.TAKE_OVER, {"key": call.key, "lease": lease(calls=2)})  # it may be looked for first
        row = cursor.fetchone()
        return replace(call, age=row[0]) if row else None


def ask(payment: PaymentDetails, call: Call) -> ProviderPayment:
    """Make a call of the payment's own. Raises what the provider raises; one that is not answered can be taken over."""
    provider = provider_of(payment.provider)
    amount = Money(currency=payment.currency, minor=call.amount)
    match call.kind:
        case CallKind.AUTHORISE:
            asked = partial(_authorise, provider, payment, call.key, amount)
        case CallKind.CAPTURE:
            asked = partial(provider.capture, key=call.key, reference=payment.reference, amount=amount)
        case CallKind.VOID:
            asked = partial(provider.void, key=call.key, reference=payment.reference)
        case _:
            raise AssertionError(call.kind)
    return _asking(call, lambda: _believed(payment, lookup.outcome(provider, payment, call) or asked()))


def ask_refund(payment: PaymentDetails, call: Call) -> ProviderRefund:
    provider = provider_of(payment.provider)
    amount = Money(currency=payment.currency, minor=call.amount)
    asked = partial(provider.refund, key=call.key, reference=payment.reference, amount=amount)
    return _asking(call, lambda: lookup.refund(provider, payment, call) or asked())


def fetch(payment: PaymentDetails) -> ProviderPayment:
    now = provider_of(payment.provider).fetch(reference=payment.reference)
    if now.refunded < payment.refunded:  # a refund may fail days after it was said to be done
        logger.error("order %s: its provider gave back less than it had said", payment.order_id)
    return _believed(payment, now)


def let_go(call: Call, *, outcome: CallOutcome | None = None) -> None:
    """Without an answer: whoever comes next may make it again."""
    with LET_GO:
        _execute(sql.LET_GO, key=call.key, outcome=outcome.value if outcome else None)


def _authorise(provider: PaymentProvider, payment: PaymentDetails, key: str, amount: Money) -> ProviderPayment:
    return provider.authorise(
        key=key, payment_id=payment.id, order_id=payment.order_id, amount=amount, method=payment.payment_method
    )


def _believed(payment: PaymentDetails, now: ProviderPayment) -> ProviderPayment:
    """What cannot be is no answer: nothing of it is written down, and people have to look."""
    another = bool(payment.reference) and now.reference not in ("", payment.reference)
    if another or (now.state is ProviderState.CAPTURED and now.captured != payment.amount):
        what = "another payment" if another else f"{now.captured} taken instead of {payment.amount}"
        logger.error("order %s: its provider tells of %s", payment.order_id, what)
        raise ProviderTimeout(what)
    return now


def _asking(call: Call, question: Callable[[], A]) -> A:
    unreached = retry_if_exception_type(ProviderUnavailable)
    try:
        with AT_PROVIDER[call.kind]:
            return Retrying(retry=unreached, stop=_enough, wait=wait_random(0.02, 0.2), reraise=True)(question)
    except ProviderUnavailable:
        let_go(call)
        raise
    except ProviderTimeout:
        let_go(call, outcome=CallOutcome.UNKNOWN)
        raise


def _enough(state: RetryCallState) -> bool:
    left = time_left()
    tired = state.attempt_number >= ATTEMPTS or (state.seconds_since_start or 0.0) > RETRY_SECONDS
    return tired or (left is not None and left < RETRY_SECONDS)


def _execute(statement: str, **parameters: Any) -> int:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(statement, parameters)
        changed: int = cursor.rowcount
        return changed
