"""Stripe, through its own library. A payment is a PaymentIntent that is confirmed at once and captured by hand.

Stripe knows a key for a day, and answers a repeated call as it did the first, whatever has happened since: also with
the 5xx that it gave. Keys are of the account, which several shops may share: each begins with an id that no other has.
Its sentences may quote a token: only its codes go any further.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import stripe
from django.conf import settings
from urllib3 import Timeout

from contracts.money import Money
from payments.provider.interface import (
    InvalidWebhook,
    ProviderNews,
    ProviderPayment,
    ProviderRefund,
    ProviderState,
)
from payments.provider.stripe_answers import declined, facts_of, failure_of, news_of, payment_of, refund_of, state_of


class StripeProvider:
    name = "stripe"

    def __init__(self) -> None:
        limit = Timeout(total=settings.PROVIDER_SECONDS)
        api = stripe.StripeClient(
            settings.STRIPE_KEY,
            base_addresses={"api": settings.STRIPE_URL.rstrip("/")},
            max_network_retries=0,  # whoever calls repeats, with the key
            http_client=stripe.RequestsClient(timeout=limit),  # type: ignore[arg-type]  # requests takes it, too
        ).v1
        self._intents, self._refunds = api.payment_intents, api.refunds

    def authorise(self, *, key: str, payment_id: UUID, order_id: int, amount: Money, method: str) -> ProviderPayment:
        with _asking():
            try:
                intent = self._intents.create(
                    {
                        "amount": amount.minor,
                        "currency": amount.currency.lower(),
                        "payment_method": method,
                        "confirm": True,
                        "capture_method": "manual",
                        "automatic_payment_methods": {"enabled": True},
                        "return_url": settings.PUBLIC_URL,
                        "metadata": {"order_id": str(order_id), "payment_id": str(payment_id)},
                    },
                    {"idempotency_key": f"{payment_id}:{key}"},
                )
            except stripe.CardError as error:
                return declined(error)
            except stripe.InvalidRequestError as error:
                if error.param != "payment_method":
                    raise
                return declined(error)
            return payment_of(intent.to_dict())

    def capture(self, *, key: str, reference: str, amount: Money) -> ProviderPayment:
        with _asking():
            try:
                intent = self._intents.capture(reference, {"amount_to_capture": amount.minor}, _once(reference, key))
            except stripe.InvalidRequestError as error:
                return _already(error, ProviderState.CAPTURED)
            return payment_of(intent.to_dict())

    def void(self, *, key: str, reference: str) -> ProviderPayment:
        with _asking():
            try:
                intent = self._intents.cancel(reference, {}, _once(reference, key))
            except stripe.InvalidRequestError as error:
                return _already(error, ProviderState.VOIDED)
            return payment_of(intent.to_dict())

    def refund(self, *, key: str, reference: str, amount: Money) -> ProviderRefund:
        """A repeated call is answered as it was: what has become of a refund since, only the refund itself tells."""
        with _asking():
            refund = self._refunds.create(
                {"payment_intent": reference, "amount": amount.minor, "metadata": {"key": key}}, _once(reference, key)
            )
            answer = refund_of(refund.to_dict())
            if answer.succeeded is None and _was_repeated(refund):
                answer = refund_of(self._refunds.retrieve(refund.id).to_dict())
            return answer

    def fetch(self, *, reference: str) -> ProviderPayment:
        with _asking():
            return payment_of(self._intents.retrieve(reference, {"expand": ["latest_charge"]}).to_dict())

    def find(self, *, payment_id: UUID) -> ProviderPayment | None:
        """Stripe's search lags behind by a minute, and by an hour on its bad days."""
        wanted = f"metadata['payment_id']:'{payment_id}'"
        with _asking():
            found = self._intents.search({"query": wanted, "limit": 1, "expand": ["data.latest_charge"]}).data
            return payment_of(found[0].to_dict()) if found else None

    def find_refund(self, *, key: str, reference: str) -> ProviderRefund | None:
        with _asking():
            made = self._refunds.list({"payment_intent": reference, "limit": 100}).data
            ours = (facts for facts in (refund.to_dict() for refund in made) if _key_of(facts) == key)
            return next(map(refund_of, ours), None)

    def read_webhook(self, *, body: bytes, signature: str) -> ProviderNews | None:
        if not signature.isascii():  # the library would break over it
            raise InvalidWebhook("the signature cannot be read")
        try:
            event = stripe.Webhook.construct_event(body, signature, settings.STRIPE_WEBHOOK_SECRET)
        except stripe.SignatureVerificationError as error:
            raise InvalidWebhook(str(error.user_message)) from None
        except (ValueError, AttributeError):
            raise InvalidWebhook("the body is no event") from None
        return news_of(event.to_dict())


def _key_of(refund: dict[str, Any]) -> str | None:
    return (refund.get("metadata") or {}).get("key")


def _once(reference: str, key: str) -> stripe.RequestOptions:
    return {"idempotency_key": f"{reference}:{key}"}


@contextmanager
def _asking() -> Iterator[None]:
    try:
        yield
    except stripe.StripeError as error:
        raise failure_of(error) from None  # the original quotes what was sent


def _already(error: stripe.InvalidRequestError, wanted: ProviderState) -> ProviderPayment:
    """Where Stripe has forgotten the key of a call, it is refused for what it did itself."""
    intent: dict[str, Any] | None = facts_of(error).get("payment_intent")
    if intent is None or state_of(intent) is not wanted:
        raise error
    return payment_of(intent)


def _was_repeated(answer: stripe.Refund) -> bool:
    response = answer.last_response
    return response is not None and response.headers.get("Idempotent-Replayed") == "true"
