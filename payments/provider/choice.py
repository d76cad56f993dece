"""Which provider a payment is with."""

from __future__ import annotations

from functools import cache

from payments.provider.interface import PaymentProvider
from payments.provider.simulated import SimulatedProvider


@cache
def provider_of(name: str) -> PaymentProvider:
    """By the name that is stored with each payment: what was begun with one is not ended with another."""
    if name != "stripe":
        return SimulatedProvider()
    from payments.provider.stripe import StripeProvider  # noqa: PLC0415  # a tenth of each start, which few need

    return StripeProvider()
