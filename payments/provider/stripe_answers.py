"""What Stripe's answers and errors mean to us."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import stripe
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from contracts.payments import NextAction
from payments.provider.interface import (
    InvalidWebhook,
    ProviderNews,
    ProviderPayment,
    ProviderRefund,
    ProviderRefused,
    ProviderState,
    ProviderTimeout,
    ProviderUnavailable,
)

STATES = {
    "requires_action": ProviderState.REQUIRES_ACTION,
    "requires_payment_method": ProviderState.DECLINED,
    "requires_capture": ProviderState.AUTHORISED,
    "succeeded": ProviderState.CAPTURED,
    "canceled": ProviderState.VOIDED,
}
"""Of a PaymentIntent. In any other, such as `processing`, Stripe itself does not know yet."""
REFUNDED = {"succeeded": True, "failed": False, "canceled": False}
NOT_SENT = (NewConnectionError, ConnectTimeoutError, ssl.SSLCertVerificationError)
TURNED_AWAY = (stripe.RateLimitError, stripe.AuthenticationError, stripe.PermissionError)


def state_of(intent: Mapping[str, Any]) -> ProviderState | None:
    return STATES.get(intent["status"])


def payment_of(intent: Mapping[str, Any]) -> ProviderPayment:
    state = state_of(intent)
    if state is None:
        raise ProviderTimeout(f"the payment is {intent['status']}")
    charge = intent.get("latest_charge")  # only its id, where it was not asked for
    return ProviderPayment(
        reference=intent["id"],
        state=state,
        captured=intent["amount_received"],
        refunded=charge["amount_refunded"] if isinstance(charge, Mapping) else 0,
        reason=_word(intent.get("last_payment_error") or {}) if state is ProviderState.DECLINED else "",
        next_action=_next_action(intent),
    )


def _next_action(intent: Mapping[str, Any]) -> NextAction | None:
    redirect = (intent.get("next_action") or {}).get("redirect_to_url")
    return NextAction(kind="redirect", url=redirect["url"]) if redirect else None


def declined(error: stripe.StripeError) -> ProviderPayment:
    facts = facts_of(error)
    intent = facts.get("payment_intent") or {}
    return ProviderPayment(reference=intent.get("id", ""), state=ProviderState.DECLINED, reason=_word(facts))


def refund_of(refund: Mapping[str, Any]) -> ProviderRefund:
    return ProviderRefund(
        reference=refund["id"],
        succeeded=REFUNDED.get(refund["status"]),
        reason=refund.get("failure_reason") or "",
    )


def news_of(event: Mapping[str, Any]) -> ProviderNews | None:
    """Charges, refunds and disputes name the payment that they belong to."""
    try:
        about = event["data"]["object"]
        reference = about["id"] if about["object"] == "payment_intent" else about.get("payment_intent")
        if not reference:
            return None
        payment_id = _payment_id(about.get("metadata") or {})
        return ProviderNews(event_id=event["id"], kind=event["type"], reference=reference, payment_id=payment_id)
    except (KeyError, TypeError, AttributeError):
        raise InvalidWebhook("the body is no event") from None


def _payment_id(metadata: Mapping[str, Any]) -> UUID | None:
    """Others who use the account write there what they like."""
    try:
        return UUID(metadata["payment_id"])
    except (KeyError, ValueError, TypeError, AttributeError):
        return None


def failure_of(error: stripe.StripeError) -> Exception:
    said = f"{error.http_status or type(error).__name__} {_word(facts_of(error))}".strip()
    match error:
        case stripe.APIConnectionError():
            never_sent = any(isinstance(cause, NOT_SENT) for cause in _causes(error))
            return ProviderUnavailable(said) if never_sent else ProviderTimeout(said)
        case _ if isinstance(error, TURNED_AWAY):
            return ProviderUnavailable(said)
        case stripe.CardError() | stripe.InvalidRequestError():
            return ProviderRefused(_word(facts_of(error)))
    return ProviderTimeout(said)  # 5xx, 409, a key that stands for another call, no answer of Stripe's at all


def facts_of(error: stripe.StripeError) -> dict[str, Any]:
    facts = error.json_body.get("error") if isinstance(error.json_body, dict) else None
    return facts if isinstance(facts, dict) else {}


def _word(facts: Mapping[str, Any]) -> str:
    return facts.get("decline_code") or facts.get("code") or facts.get("type") or ""


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
