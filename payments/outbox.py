"""What payments tell of themselves, as the parameters of the statement that makes it true."""

from __future__ import annotations

import json
import uuid

from contracts.events import Event, PaymentCaptured, PaymentFailed, PaymentRefunded, PaymentRefundFailed, PaymentVoided
from contracts.messaging import headers
from contracts.money import Money
from payments.provider.interface import ProviderPayment, ProviderState
from payments.selectors import Call, PaymentDetails

Parameters = dict[str, str]
NOTHING: Parameters = {"event": "", "data": "{}", "headers": "{}"}


def free(id: uuid.UUID, order_id: int, amount: Money) -> Parameters:
    """Where there is nothing to pay, nothing was captured at once."""
    return _row(PaymentCaptured(payment_id=str(id), order_id=order_id, amount=0, currency=amount.currency))


def closed(id: uuid.UUID, order_id: int) -> Parameters:
    return _row(PaymentVoided(payment_id=str(id), order_id=order_id))


def moved(payment: PaymentDetails, now: ProviderPayment) -> Parameters:
    id, order_id = str(payment.id), payment.order_id
    match now.state:
        case ProviderState.CAPTURED:
            amount, currency = now.captured, payment.currency
            return _row(PaymentCaptured(payment_id=id, order_id=order_id, amount=amount, currency=currency))
        case ProviderState.DECLINED:
            return _row(PaymentFailed(payment_id=id, order_id=order_id, reason=now.reason))
        case ProviderState.VOIDED:
            return closed(payment.id, order_id)
        case _:
            return NOTHING


def refunded(payment: PaymentDetails, *, amount: int, call: Call | None = None) -> Parameters:
    return _row(
        PaymentRefunded(
            payment_id=str(payment.id),
            order_id=payment.order_id,
            refund_id=_refund_id(call),
            amount=amount,
            currency=payment.currency,
        )
    )


def refund_failed(payment: PaymentDetails, *, call: Call, reason: str) -> Parameters:
    id, order_id = str(payment.id), payment.order_id
    return _row(PaymentRefundFailed(payment_id=id, order_id=order_id, refund_id=_refund_id(call), reason=reason))


def _refund_id(call: Call | None) -> str:
    """None where the whole payment is called off."""
    return str(call.refund_id) if call and call.refund_id else ""


def _row(event: Event) -> Parameters:
    return {"event": event.type, "data": json.dumps(event.data), "headers": json.dumps(headers())}
