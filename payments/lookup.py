"""What became of a call that has had no answer for long: it is looked for before it is made again.

Under its key a call may be repeated as long as the provider knows the key. But a provider may have stored an error
under it, and forgets it after a day: made once more then, it would hold or give back the money once more.
"""

from __future__ import annotations

from typing import Final

from payments.models import CallKind
from payments.provider.interface import (
    PaymentProvider,
    ProviderPayment,
    ProviderRefund,
    ProviderRefused,
    ProviderState,
    ProviderTimeout,
)
from payments.selectors import Call, PaymentDetails

LOOK_UP_SECONDS: Final = 600.0
"""From when on a call is looked for: a provider's search knows it by then, and an order is given up."""
KEY_SECONDS: Final = 20 * 3600.0
"""From when on a provider may have forgotten a key: Stripe keeps it for a day."""
ENDED: Final = (ProviderState.CAPTURED, ProviderState.VOIDED, ProviderState.DECLINED)


def outcome(provider: PaymentProvider, payment: PaymentDetails, call: Call) -> ProviderPayment | None:
    """The payment as it is now, where that decides the call; None where the call is to be made.

    Raises ProviderRefused for an authorisation that the provider does not have and may not know the key of: for an
    order of yesterday nothing is held.
    """
    if call.age < LOOK_UP_SECONDS:
        return None
    now = _look(provider, payment)
    if call.kind is CallKind.AUTHORISE:
        if now is None and call.age > KEY_SECONDS:
            raise ProviderRefused("expired")
        return now
    not_taken = call.kind is CallKind.CAPTURE and payment.is_cancelling
    return now if now and (now.state in ENDED or not_taken) else None


def refund(provider: PaymentProvider, payment: PaymentDetails, call: Call) -> ProviderRefund | None:
    """What became of the refund, if the provider has it."""
    if call.age < LOOK_UP_SECONDS:
        return None
    try:
        return provider.find_refund(key=call.key, reference=payment.reference)
    except ProviderRefused as refusal:
        raise ProviderTimeout(f"not to be looked for: {refusal}") from None


def _look(provider: PaymentProvider, payment: PaymentDetails) -> ProviderPayment | None:
    """That a look is refused says nothing of the call."""
    try:
        if payment.reference:
            return provider.fetch(reference=payment.reference)
        return provider.find(payment_id=payment.id)
    except ProviderRefused as refusal:
        raise ProviderTimeout(f"not to be looked for: {refusal}") from None
