"""Use cases of the payments: charge, cancel, refund, and look again at what a provider has news of."""

from __future__ import annotations

from uuid import UUID

from contracts.identifiers import is_uuid
from contracts.money import Money
from contracts.payments import (
    CARD_NUMBER,
    PAYMENT_METHOD,
    InvalidPayment,
    PaymentClosed,
    PaymentDeclined,
    PaymentDiffers,
    PaymentInProgress,
    PaymentStatus,
    RefundState,
)
from payments import calls, moves, refunds, selectors, settling
from payments.models import Refund
from payments.provider.interface import ProviderTimeout, ProviderUnavailable
from payments.selectors import PaymentDetails


def charge(*, order_id: int, amount: Money, payment_method: str) -> PaymentDetails:
    """Take the money for an order, once. Captured, requires_action, or where the provider did not answer."""
    _require_payable(amount, payment_method)
    payment = moves.open_payment(order_id=order_id, amount=amount, payment_method=payment_method)
    if payment is None:
        payment = _earlier_charge(order_id, amount, payment_method)
    elif payment.status is PaymentStatus.CREATED:
        payment = settling.carry_on(payment, settling.authorisation(payment))
    if payment.status is PaymentStatus.FAILED:
        raise PaymentDeclined(order_id=order_id, reason=payment.failure_reason)
    if payment.status is PaymentStatus.VOIDED or payment.is_cancelling:
        raise PaymentClosed(order_id=order_id)
    return payment


def cancel_payment(*, order_id: int) -> PaymentDetails:
    """Call the payment of an order off, or the one that may still come. What cannot be done now will be done."""
    payment = moves.cancel(order_id=order_id)
    try:
        return settling.resume(payment)
    except PaymentInProgress:  # whoever is about it sees our wish when they are done
        return selectors.payment_by_id(payment.id)


def refund(*, refund_id: str, order_id: int, amount: Money) -> Refund:
    """Give a part back, once; it stays requested until the provider has answered."""
    if not is_uuid(refund_id):
        raise InvalidPayment(field="refund_id", reason="not a UUID in its canonical form")
    if amount.minor <= 0:
        raise InvalidPayment(field="amount", reason="a refund gives something back")
    requested = refunds.request_refund(refund_id=UUID(refund_id), order_id=order_id, amount=amount)
    if requested.state == RefundState.REQUESTED:
        give_back(requested)
        requested.refresh_from_db(fields=["state"])
    return requested


def refresh_payment(*, provider: str, reference: str, payment_id: UUID | None = None) -> PaymentDetails | None:
    """Ask the provider what a payment is now, and go on from there; None where it is none of ours.

    Where the answer that should have told us `reference` was lost, it is known by `payment_id`.

    Raises ProviderUnavailable and ProviderTimeout. News that come late, twice or out of order do no harm: what they say
    is not looked at.
    """
    payment = selectors.payment_by_reference(provider=provider, reference=reference)
    if payment is None and payment_id is not None:
        payment = selectors.payment_unanswered(provider=provider, payment_id=payment_id)
    if payment is None:
        return None
    try:
        return settling.look_again(payment) if payment.reference else settling.learn(payment, reference)
    except PaymentInProgress:
        return selectors.payment_by_id(payment.id)


def _earlier_charge(order_id: int, amount: Money, payment_method: str) -> PaymentDetails:
    payment = selectors.payment_by_order(order_id)
    if not payment.payment_method:
        return payment  # called off before it was asked for
    if (payment.amount, payment.currency, payment.payment_method) != (amount.minor, amount.currency, payment_method):
        raise PaymentDiffers(order_id=order_id)
    return settling.resume(payment)


def give_back(requested: Refund) -> None:
    """Ask the provider, if nobody else does. Raises PaymentInProgress where somebody does."""
    payment = selectors.payment_by_id(requested.intent_id)
    call = calls.take_over(refunds.call_of(requested))
    if call is None:
        if selectors.is_under_way(refunds.call_of(requested).key):
            raise PaymentInProgress(order_id=payment.order_id)
        return
    try:
        refunds.give_back(payment, call)
    except (ProviderUnavailable, ProviderTimeout):
        return  # it stays requested, and is asked for again


def _require_payable(amount: Money, payment_method: str) -> None:
    if amount.minor < 0:
        raise InvalidPayment(field="amount", reason="below zero")
    if not PAYMENT_METHOD.fullmatch(payment_method) or CARD_NUMBER.search(payment_method):
        raise InvalidPayment(field="payment_method", reason="not a token of a payment provider, pm_…")
