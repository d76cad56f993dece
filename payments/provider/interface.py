"""What a payment provider has to offer, and the two ways in which it does not answer.

Every call that changes something has a `key`, derived from the order: repeated with its key, a call has no further
effect and answers as it did the first time. None is made inside a transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from contracts.money import Money
from contracts.payments import NextAction


class ProviderUnavailable(Exception):
    """The provider was not reached, or turned us away: the call had no effect."""


class ProviderTimeout(Exception):
    """The provider did not answer: the call may have had its effect."""


class ProviderRefused(Exception):
    """The provider says that the call makes no sense; its text is the reason. It had no effect, and never will have."""


class ProviderState(StrEnum):
    """Of one payment, as its provider has it now."""

    REQUIRES_ACTION = "requires_action"
    AUTHORISED = "authorised"
    CAPTURED = "captured"
    """Also where some or all of it was refunded since."""
    DECLINED = "declined"
    VOIDED = "voided"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderPayment:
    """`reference` is the provider's own id of it; `captured` and `refunded` in minor units."""

    reference: str
    state: ProviderState
    captured: int = 0
    refunded: int = 0
    reason: str = ""
    """Why it was declined: a word of the provider's."""
    next_action: NextAction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRefund:
    """`succeeded` is None while the provider is still about it."""

    reference: str
    succeeded: bool | None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderNews:
    """What a webhook says: that something about the payment has changed. What it is now is fetched."""

    event_id: str
    kind: str
    reference: str
    payment_id: UUID | None = None
    """Ours, as we told the provider: for a payment whose `reference` we were never told. Unlike the number of an order
    it is of one shop alone, where several have one account.
    """


class PaymentProvider(Protocol):
    """Each call takes at most settings.PROVIDER_SECONDS; each raises ProviderUnavailable and ProviderTimeout."""

    name: str

    def authorise(self, *, key: str, payment_id: UUID, order_id: int, amount: Money, method: str) -> ProviderPayment:
        """Hold the amount for us. A method that the provider does not know is declined."""

    def capture(self, *, key: str, reference: str, amount: Money) -> ProviderPayment: ...

    def void(self, *, key: str, reference: str) -> ProviderPayment: ...

    def refund(self, *, key: str, reference: str, amount: Money) -> ProviderRefund: ...

    def fetch(self, *, reference: str) -> ProviderPayment: ...

    def find(self, *, payment_id: UUID) -> ProviderPayment | None:
        """By our own id of it. It may take the provider some minutes to know."""

    def find_refund(self, *, key: str, reference: str) -> ProviderRefund | None:
        """What became of the refund that was asked for under `key`, also once the provider has forgotten the key."""

    def read_webhook(self, *, body: bytes, signature: str) -> ProviderNews | None:
        """None for news that do not concern a payment; InvalidWebhook where it is not from the provider."""


class InvalidWebhook(Exception):
    """Not signed by the provider, too old, or no webhook at all; the text says which."""
