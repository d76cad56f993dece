"""Errors of the payments that cross no contract."""

from __future__ import annotations

from contracts.errors import Conflict, Invalid, NotFound


class UnknownProvider(NotFound):
    """No such payment provider is in use."""

    code = "unknown_provider"
    provider: str


class WebhookRefused(Invalid):
    """The webhook is not from the payment provider."""

    code = "invalid_webhook"
    reason: str


class NothingToApprove(Conflict):
    """The customer has nothing to do for this payment."""

    code = "nothing_to_approve"
    reference: str


class SimulatedPaymentNotFound(NotFound):
    """The simulated provider has no such payment."""

    code = "simulated_payment_not_found"
    reference: str
