"""The page on which a customer of the simulated provider approves or declines."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.money import Money
from payments.models import EntryKind
from payments.provider.interface import ProviderPayment, ProviderRefused, ProviderState
from payments.provider.simulated import ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What the customer is asked for. `state` says whether they still are."""

    reference: str
    order_id: int
    amount: Money
    state: ProviderState


def action(reference: str) -> Action:
    """Raises ProviderRefused where there is no such payment."""
    account = ledger.account(reference)
    return Action(
        reference=reference,
        order_id=account.order_id,
        amount=Money(currency=account.currency, minor=account.amount),
        state=account.payment.state,
    )


def act(reference: str, approve: bool) -> ProviderPayment:  # noqa: FBT001 - act("sim_1", True) is how it reads
    """The customer approves, or declines: the payment is authorised, or declined. The first answer stands; raises
    ProviderRefused where nothing is asked for any more.
    """
    with ledger.held(reference) as account:
        outcome = "authorised" if approve else "declined: declined_by_customer"
        key = f"action:{reference}"
        if key not in account.keys:
            if account.payment.state is not ProviderState.REQUIRES_ACTION:
                raise ProviderRefused(f"the payment is {account.payment.state}")
            ledger.add(account.entry(key=key, kind=EntryKind.ACTION, outcome=outcome))
    return ledger.account(reference).payment
