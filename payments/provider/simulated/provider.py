"""The simulated provider's side of each call."""

from __future__ import annotations

import time
from collections.abc import Callable
from copy import copy
from typing import Final
from uuid import UUID

from django.conf import settings

from contracts.money import Money
from payments.models import EntryKind, SimulatedEntry
from payments.provider.interface import (
    ProviderNews,
    ProviderPayment,
    ProviderRefund,
    ProviderRefused,
    ProviderState,
    ProviderTimeout,
    ProviderUnavailable,
)
from payments.provider.simulated import ledger, webhooks
from payments.provider.simulated.ledger import Account

SLOW_SECONDS: Final = 1.0
OPENINGS: Final = {
    "pm_ok": "authorised",
    "pm_timeout": "authorised",
    "pm_flaky": "authorised",
    "pm_slow": "authorised",
    "pm_requires_action": "requires_action",
    "pm_declined": "declined: card_declined",
}
"""What becomes of an authorisation by its method."""
UNKNOWN_METHOD: Final = "declined: no such payment method"


class SimulatedProvider:
    name = "simulated"

    def authorise(self, *, key: str, payment_id: UUID, order_id: int, amount: Money, method: str) -> ProviderPayment:
        reference = ledger.reference_of(payment_id)
        opening = SimulatedEntry(
            key=key,
            kind=EntryKind.AUTHORISE.value,
            reference=reference,
            order_id=order_id,
            amount=amount.minor,
            currency=amount.currency,
            method=method,
            outcome=OPENINGS.get(method, UNKNOWN_METHOD),
        )
        _behave(opening)
        ledger.add(opening)
        known = ledger.account(reference)
        if (known.order_id, known.amount, known.currency) != (order_id, amount.minor, amount.currency):
            raise ProviderRefused("this key stands for another payment")
        return known.payment

    def capture(self, *, key: str, reference: str, amount: Money) -> ProviderPayment:
        account = ledger.account(reference)
        new = _once(
            account.entry(key=key, kind=EntryKind.CAPTURE, outcome="captured", amount=amount.minor),
            allowed=lambda now: now.payment.state is ProviderState.AUTHORISED and now.amount == amount.minor,
        )
        if new and account.method == "pm_timeout":
            time.sleep(settings.PROVIDER_SECONDS)
            raise ProviderTimeout("no answer")
        return self.fetch(reference=reference)

    def void(self, *, key: str, reference: str) -> ProviderPayment:
        _once(
            ledger.account(reference).entry(key=key, kind=EntryKind.VOID, outcome="voided"),
            allowed=lambda now: now.payment.state in (ProviderState.AUTHORISED, ProviderState.REQUIRES_ACTION),
        )
        return self.fetch(reference=reference)

    def refund(self, *, key: str, reference: str, amount: Money) -> ProviderRefund:
        _once(
            ledger.account(reference).entry(key=key, kind=EntryKind.REFUND, outcome="refunded", amount=amount.minor),
            allowed=lambda now: 0 < amount.minor <= now.payment.captured - now.payment.refunded,
        )
        return ProviderRefund(reference=f"{reference}:{key}", succeeded=True)

    def fetch(self, *, reference: str) -> ProviderPayment:
        return ledger.account(reference).payment

    def find(self, *, payment_id: UUID) -> ProviderPayment | None:
        try:
            return self.fetch(reference=ledger.reference_of(payment_id))
        except ProviderRefused:
            return None

    def find_refund(self, *, key: str, reference: str) -> ProviderRefund | None:
        made = key in ledger.account(reference).keys
        return ProviderRefund(reference=f"{reference}:{key}", succeeded=True) if made else None

    def read_webhook(self, *, body: bytes, signature: str) -> ProviderNews | None:
        return webhooks.read(body=body, signature=signature)


def _once(entry: SimulatedEntry, *, allowed: Callable[[Account], bool]) -> bool:
    """Whether the call had its effect just now; not, where it had it before. Raises ProviderRefused."""
    _behave(entry)
    with ledger.held(entry.reference) as account:
        if entry.key in account.keys:
            return False
        if not allowed(account):
            raise ProviderRefused(f"the payment is {account.payment.state}")
        return ledger.add(entry)


def _behave(entry: SimulatedEntry) -> None:
    """As the method of the payment is named."""
    if entry.method == "pm_slow":
        time.sleep(SLOW_SECONDS)
    if entry.method == "pm_flaky":
        fault = copy(entry)
        fault.key, fault.kind, fault.outcome = f"fault:{entry.key}", EntryKind.FAULT.value, "turned away"
        if ledger.add(fault):
            raise ProviderUnavailable("turned away")
