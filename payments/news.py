"""What a provider tells us: that a payment has changed. What it is now, the provider is asked."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Now

from contracts.errors import PeerUnavailable
from contracts.payments import PaymentInProgress
from contracts.steps import Step
from payments import services
from payments.errors import UnknownProvider, WebhookRefused
from payments.models import WebhookEvent
from payments.provider.choice import provider_of
from payments.provider.interface import (
    InvalidWebhook,
    ProviderNews,
    ProviderRefused,
    ProviderTimeout,
    ProviderUnavailable,
)

WRITE_DOWN: Final = Step("write webhook down")
MARK_APPLIED: Final = Step("mark webhook as applied")


class Heard(StrEnum):
    """What came of a webhook."""

    APPLIED = "applied"
    KNOWN = "known"
    """It had been applied before."""
    IGNORED = "ignored"
    """It is not about a payment that we know."""


def hear(*, provider: str, body: bytes, signature: str) -> Heard:
    """Safe to repeat, also at once and in any order. PeerUnavailable: the provider has to send it again."""
    if provider != settings.PAYMENT_PROVIDER:
        raise UnknownProvider(provider=provider[:32])
    try:
        news = provider_of(provider).read_webhook(body=body, signature=signature)
    except InvalidWebhook as error:
        raise WebhookRefused(reason=str(error)) from None
    if news is None:
        return Heard.IGNORED
    with WRITE_DOWN:
        event = _written_down(provider, news)
    if event.filter(applied_at__isnull=False).exists():
        return Heard.KNOWN
    if not _applied(provider, news):
        return Heard.IGNORED
    with MARK_APPLIED:
        event.filter(applied_at=None).update(applied_at=Now())
    return Heard.APPLIED


def _written_down(provider: str, news: ProviderNews) -> QuerySet[WebhookEvent]:
    event = WebhookEvent(provider=provider, event_id=news.event_id, kind=news.kind[:64], reference=news.reference)
    WebhookEvent.objects.bulk_create([event], ignore_conflicts=True)
    return WebhookEvent.objects.filter(provider=provider, event_id=news.event_id)


def _applied(provider: str, news: ProviderNews) -> bool:
    """Whether the payment is ours. The news of it are written down before it goes on from there."""
    try:
        payment = services.refresh_payment(provider=provider, reference=news.reference, payment_id=news.payment_id)
    except PaymentInProgress:  # whoever is about it goes on
        return True
    except (ProviderUnavailable, ProviderTimeout, ProviderRefused):
        raise PeerUnavailable(peer=provider) from None
    return payment is not None
