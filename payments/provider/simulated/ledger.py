"""The ledger of the simulated provider: entries are only ever added, and a payment is the sum of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction

from contracts.payments import NextAction
from payments.models import EntryKind, SimulatedEntry
from payments.provider.interface import ProviderPayment, ProviderRefused, ProviderState

ALIAS: Final = "payments"


PREFIX: Final = "sim_"


def reference_of(payment_id: UUID) -> str:
    return f"{PREFIX}{payment_id.hex}"


def payment_id_of(reference: str) -> UUID | None:
    try:
        return UUID(hex=reference.removeprefix(PREFIX))
    except ValueError:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What the ledger says of one payment."""

    order_id: int
    amount: int
    currency: str
    method: str
    payment: ProviderPayment
    keys: frozenset[str]
    """Of the calls that have had their effect."""

    def entry(self, *, key: str, kind: EntryKind, outcome: str, amount: int | None = None) -> SimulatedEntry:
        """To be added for this payment."""
        return SimulatedEntry(
            key=key,
            kind=kind.value,
            reference=self.payment.reference,
            order_id=self.order_id,
            amount=self.amount if amount is None else amount,
            currency=self.currency,
            method=self.method,
            outcome=outcome,
        )


def account(reference: str) -> Account:
    """Raises ProviderRefused where there is none."""
    entries = list(SimulatedEntry.objects.filter(reference=reference).exclude(kind=EntryKind.FAULT).order_by("id"))
    if not entries:
        raise ProviderRefused("no such payment")
    opening = entries[0]
    payment = ProviderPayment(reference=reference, state=ProviderState.DECLINED)
    for entry in entries:
        payment = _after(payment, entry)
    return Account(
        order_id=opening.order_id,
        amount=opening.amount,
        currency=opening.currency,
        method=opening.method,
        payment=payment,
        keys=frozenset(entry.key for entry in entries),
    )


@contextmanager
def held(reference: str) -> Iterator[Account]:
    """The payment, for one call at a time; what is added inside is added when the block ends. Never in a transaction
    of the caller's: no provider takes part in those.
    """
    with transaction.atomic(using=ALIAS, durable=True):
        opening = SimulatedEntry.objects.filter(reference=reference, kind=EntryKind.AUTHORISE)
        list(opening.select_for_update().values_list("id"))
        yield account(reference)


def add(entry: SimulatedEntry) -> bool:
    """False if there is an entry with its key: the call has had its effect."""
    values = {field.attname: getattr(entry, field.attname) for field in entry._meta.fields if field.name in ADDED}
    return SimulatedEntry.objects.get_or_create(key=entry.key, defaults=values)[1]


ADDED: Final = {"kind", "reference", "order_id", "amount", "currency", "method", "outcome"}


def _after(payment: ProviderPayment, entry: SimulatedEntry) -> ProviderPayment:
    match EntryKind(entry.kind):
        case EntryKind.AUTHORISE | EntryKind.ACTION:
            outcome, _, reason = entry.outcome.partition(": ")
            return _in_state(payment, ProviderState(outcome), reason)
        case EntryKind.CAPTURE:
            return replace(payment, state=ProviderState.CAPTURED, captured=entry.amount)
        case EntryKind.REFUND:
            return replace(payment, refunded=payment.refunded + entry.amount)
        case EntryKind.VOID:
            return replace(payment, state=ProviderState.VOIDED, next_action=None)
        case _:
            raise AssertionError(entry.kind)


def _in_state(payment: ProviderPayment, state: ProviderState, reason: str) -> ProviderPayment:
    url = f"{settings.PUBLIC_URL}/api/v1/payments/simulated/{payment.reference}"
    action = NextAction(kind="redirect", url=url) if state is ProviderState.REQUIRES_ACTION else None
    return replace(payment, state=state, reason=reason, next_action=action)
