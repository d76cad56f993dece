"""The page on which a customer answers the simulated provider: as if it were the provider's own site."""

from __future__ import annotations

from django.conf import settings

from payments import news
from payments.errors import NothingToApprove, SimulatedPaymentNotFound
from payments.provider import simulated
from payments.provider.interface import ProviderRefused

NAME = simulated.SimulatedProvider.name


def is_open() -> bool:
    """There is nothing of it where payments are real."""
    return settings.PAYMENT_PROVIDER == NAME


def show(*, reference: str) -> simulated.Action:
    try:
        return simulated.action(reference)
    except ProviderRefused:
        raise SimulatedPaymentNotFound(reference=reference) from None


def answer(*, reference: str, approve: bool) -> simulated.Action:
    """The first answer stands. Each is told to the shop in a signed webhook, and waits until it was heard."""
    show(reference=reference)
    try:
        simulated.act(reference, approve)
    except ProviderRefused:
        raise NothingToApprove(reference=reference) from None
    body = simulated.news(reference)
    news.hear(provider=NAME, body=body, signature=simulated.sign(body))
    return show(reference=reference)
