"""Bringing a payment to its end, call by call: captured, or called off where that was asked for.

Whoever charges, cancels, hears of news or finds what was left behind goes on here, from wherever the payment is.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from contracts.base import time_left
from contracts.payments import PaymentInProgress, PaymentStatus
from payments import calls, moves, refunds, selectors
from payments.models import GIVING_BACK, CallKind, CallOutcome
from payments.provider.interface import (
    ProviderPayment,
    ProviderRefused,
    ProviderState,
    ProviderTimeout,
    ProviderUnavailable,
)
from payments.selectors import Call, PaymentDetails

logger = logging.getLogger(__name__)

UNANSWERED = (ProviderUnavailable, ProviderTimeout)
STATUSES = {
    CallKind.CAPTURE: (PaymentStatus.AUTHORISED,),
    CallKind.VOID: (PaymentStatus.AUTHORISED, PaymentStatus.REQUIRES_ACTION),
    CallKind.REFUND: GIVING_BACK,
}
"""In which a payment must be for a call to begin."""


def authorisation(payment: PaymentDetails) -> Call:
    """The call that is begun along with a payment."""
    return Call(kind=CallKind.AUTHORISE, key=f"authorise:{payment.order_id}", amount=payment.amount)


def carry_on(payment: PaymentDetails, call: Call | None) -> PaymentDetails:
    """Make `call`, which is ours, and those that follow, until nothing is left to do or nobody answers."""
    while call is not None:
        key = call.key
        try:
            payment, call = _make(payment, call)
        except UNANSWERED as failure:
            logger.warning("%s was not answered: %s", key, type(failure).__name__)
            return payment
        if call is None and in_time():
            payment, call = next_call(payment)
    return payment


def resume(payment: PaymentDetails) -> PaymentDetails:
    """Go on where another stopped. Raises PaymentInProgress while they have not."""
    return carry_on(*_begun_before(payment))


def look_again(payment: PaymentDetails) -> PaymentDetails:
    """What the provider says of it now, and on from there. Raises ProviderUnavailable and ProviderTimeout."""
    now = calls.fetch(payment)
    payment, call = moves.record(payment, now, go_on=in_time())
    if now.state is ProviderState.CAPTURED and payment.status in (PaymentStatus.FAILED, PaymentStatus.VOIDED):
        logger.error("order %s: its provider has taken what is %s here", payment.order_id, payment.status)
    return _onward(payment, call)


def learn(payment: PaymentDetails, reference: str) -> PaymentDetails:
    """Its provider tells of a payment whose authorisation it did not answer: that is the answer.

    Raises PaymentInProgress while somebody waits for it, ProviderUnavailable and ProviderTimeout.
    """
    call = calls.take_over(authorisation(payment))
    if call is None:
        raise PaymentInProgress(order_id=payment.order_id)
    try:
        now = calls.fetch(replace(payment, reference=reference))
    except UNANSWERED:
        calls.let_go(call, outcome=CallOutcome.UNKNOWN)
        raise
    return _onward(*moves.record(payment, now, call=call, go_on=in_time()))


def _onward(payment: PaymentDetails, call: Call | None) -> PaymentDetails:
    return carry_on(*((payment, call) if call else next_call(payment)))


def next_call(payment: PaymentDetails) -> tuple[PaymentDetails, Call | None]:
    """The call that the payment needs now, and it is ours. Raises PaymentInProgress where it is somebody else's."""
    at_rest = payment.status is not PaymentStatus.AUTHORISED and not payment.is_cancelling
    return (payment, None) if at_rest else _begun_before(payment)


def in_time() -> bool:
    """Whether there is time for another call."""
    left = time_left()
    return left is None or left > 1.0


def _begun_before(payment: PaymentDetails) -> tuple[PaymentDetails, Call | None]:
    while True:
        begun, finished = selectors.own_calls(payment)
        payment = selectors.payment_by_id(payment.id)
        call = next(iter(begun.values()), None) or _wanted(payment)
        if call is None or call.key in finished:
            return _nothing_given_back(payment), None
        ours = calls.take_over(call) if call.key in begun else calls.begin(payment, call, when=STATUSES[call.kind])
        if ours is not None:
            return payment, ours
        if selectors.is_under_way(call.key):
            raise PaymentInProgress(order_id=payment.order_id)


def _nothing_given_back(payment: PaymentDetails) -> PaymentDetails:
    free = payment.amount == 0 and payment.status is PaymentStatus.CAPTURED
    return moves.give_back_nothing(payment) if free and payment.is_cancelling else payment


def _wanted(payment: PaymentDetails) -> Call | None:
    """What is still to be done for a payment none of whose calls is unfinished."""
    if not payment.is_cancelling:
        return _call(payment, CallKind.CAPTURE) if payment.status is PaymentStatus.AUTHORISED else None
    if payment.status in STATUSES[CallKind.VOID]:
        return _call(payment, CallKind.VOID)
    if payment.status in GIVING_BACK and payment.amount and not selectors.refunds_under_way(payment):
        return _call(payment, CallKind.REFUND, amount=payment.captured - payment.refunded)
    return None


def _call(payment: PaymentDetails, kind: CallKind, *, amount: int | None = None) -> Call:
    return Call(kind=kind, key=f"{kind}:{payment.order_id}", amount=payment.amount if amount is None else amount)


def _make(payment: PaymentDetails, call: Call) -> tuple[PaymentDetails, Call | None]:
    if call.kind is CallKind.REFUND:
        return refunds.give_back(payment, call), None
    try:
        now = calls.ask(payment, call)
    except ProviderRefused as refusal:
        return _refused(payment, call, reason=str(refusal)), None
    return moves.record(payment, now, call=call, go_on=in_time())


def _refused(payment: PaymentDetails, call: Call, *, reason: str) -> PaymentDetails:
    """The call made no sense to the provider: an authorisation is none then; else the payment is not where we think."""
    if call.kind is CallKind.AUTHORISE:
        declined = ProviderPayment(reference=payment.reference, state=ProviderState.DECLINED, reason=reason)
        return moves.record(payment, declined, call=call, outcome=CallOutcome.REFUSED, go_on=False)[0]
    logger.error("%s was refused: %s", call.key, reason)
    now = calls.fetch(payment)
    if call.kind is CallKind.CAPTURE and now.state is ProviderState.AUTHORISED:
        moves.cancel(order_id=payment.order_id)  # held and yet not to be had: let go of it
    return moves.record(payment, now, call=call, go_on=False)[0]
