"""Giving back a part of what was taken, each part once: its id is the caller's."""

from __future__ import annotations

import logging
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Now

from contracts.money import Money
from contracts.payments import (
    InvalidPayment,
    PaymentInProgress,
    PaymentNotCaptured,
    PaymentNotFound,
    RefundDiffers,
    RefundState,
    RefundTooLarge,
)
from contracts.steps import Step
from payments import calls, moves, selectors
from payments.models import GIVING_BACK, TAKEN, CallKind, CallOutcome, PaymentIntent, ProviderCall, Refund
from payments.provider.interface import ProviderRefused, ProviderTimeout
from payments.selectors import Call, PaymentDetails

logger = logging.getLogger(__name__)

REQUEST = Step("record refund request at payments")


def request_refund(*, refund_id: UUID, order_id: int, amount: Money) -> Refund:
    """Record that a part is to go back, if that much is left; or the earlier request of this id."""
    with REQUEST, transaction.atomic(using=moves.ALIAS):
        intent = PaymentIntent.objects.select_for_update(no_key=True).filter(order_id=order_id).first()
        if earlier := selectors.refund_by_id(refund_id):
            return _the_same(earlier, order_id=order_id, amount=amount)
        if intent is None:
            raise PaymentNotFound(order_id=order_id)
        _require_left(intent, amount)
        refund = Refund.objects.create(id=refund_id, intent=intent, amount=amount.minor)
        call = call_of(refund)
        ProviderCall.objects.create(
            intent=intent, kind=call.kind, key=call.key, amount=call.amount, attempts=0, lease_until=Now()
        )
        return refund


def call_of(refund: Refund) -> Call:
    return Call(kind=CallKind.REFUND, key=f"refund:{refund.id}", amount=refund.amount, refund_id=refund.id)


def give_back(payment: PaymentDetails, call: Call) -> PaymentDetails:
    """Make a refund that is ours to make. Raises ProviderUnavailable and ProviderTimeout: it stays requested then."""
    try:
        answer = calls.ask_refund(payment, call)
    except ProviderRefused as refusal:
        logger.error("%s was refused: %s", call.key, refusal)  # noqa: TRY400 - the provider's words say it all
        return moves.record_refund(payment, call, outcome=CallOutcome.REFUSED, reason=str(refusal))
    if answer.succeeded is None:
        calls.let_go(call, outcome=CallOutcome.UNKNOWN)
        raise ProviderTimeout(call.key)
    if not answer.succeeded:
        logger.error("%s failed: %s", call.key, answer.reason)
    outcome = CallOutcome.SUCCEEDED if answer.succeeded else CallOutcome.DECLINED
    return moves.record_refund(payment, call, outcome=outcome, reason=answer.reason)


def _the_same(earlier: Refund, *, order_id: int, amount: Money) -> Refund:
    same = (earlier.intent.order_id, earlier.amount, earlier.intent.currency)
    if same != (order_id, amount.minor, amount.currency):
        raise RefundDiffers(refund_id=str(earlier.id))
    return earlier


def _require_left(intent: PaymentIntent, amount: Money) -> None:
    if intent.status not in TAKEN:
        raise PaymentNotCaptured(order_id=intent.order_id)
    if amount.currency != intent.currency:
        raise InvalidPayment(field="amount", reason=f"the payment is in {intent.currency}")
    if intent.cancel_requested_at and intent.status in GIVING_BACK:
        raise PaymentInProgress(order_id=intent.order_id)  # all of it is going back
    under_way = intent.refunds.filter(state=RefundState.REQUESTED).aggregate(sum=Sum("amount"))["sum"] or 0
    left = intent.captured - intent.refunded - under_way
    if amount.minor > left:
        raise RefundTooLarge(order_id=intent.order_id, refundable=left)
