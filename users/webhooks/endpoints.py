"""Use cases of the endpoints, all of them the staff's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from django.db.models import F, Q
from django.db.models.functions import Now
from django.db.transaction import atomic

from users.errors import DeliveryUnderWay, EndpointDisabled, EndpointNotFound, EndpointRefused
from users.webhook_models import DeliveryStatus, WebhookDelivery, WebhookEndpoint
from users.webhooks import selectors
from users.webhooks.addresses import AddressRefused, parse, resolve
from users.webhooks.queue import LIFE_SECONDS
from users.webhooks.signing import new_secret

BOTH_SECRETS: Final = timedelta(days=1)
"""How long the secret before still signs, too, after a rotation."""
BY_STAFF: Final = "Disabled by staff."


def register_endpoint(*, url: str, event_types: Sequence[str], description: str = "") -> WebhookEndpoint:
    """With its secret, which nothing tells again. EndpointRefused where no webhook may go to its URL."""
    _check(url)
    endpoint = WebhookEndpoint.objects.create(
        url=url, event_types=_types(event_types), description=description, secret=new_secret()
    )
    endpoint.refresh_from_db()
    return endpoint


def update_endpoint(
    *,
    endpoint_id: int,
    url: str | None = None,
    event_types: Sequence[str] | None = None,
    description: str | None = None,
    enabled: bool | None = None,
) -> WebhookEndpoint:
    """What is None stays. EndpointNotFound, EndpointRefused."""
    changes: dict[str, Any] = {}
    if url is not None:
        _check(url)
        changes |= {"url": url, "healthy_at": Now()}
    if event_types is not None:
        changes["event_types"] = _types(event_types)
    if description is not None:
        changes["description"] = description
    if changes:
        _update(endpoint_id, **changes)
    if enabled is not None:
        (_enable if enabled else _disable)(endpoint_id)
    return selectors.get_endpoint(endpoint_id=endpoint_id)


def rotate_secret(*, endpoint_id: int) -> WebhookEndpoint:
    """A new secret; for a day, deliveries are signed with the present one as well. EndpointNotFound."""
    _update(endpoint_id, secret=new_secret(), previous_secret=F("secret"), previous_until=Now() + BOTH_SECRETS)
    return selectors.get_endpoint(endpoint_id=endpoint_id)


def delete_endpoint(*, endpoint_id: int) -> None:
    """With its deliveries. EndpointNotFound."""
    with atomic(using="users"):
        deleted, _ = WebhookEndpoint.objects.filter(pk=endpoint_id).delete()  # its deliveries by one statement
        if not deleted:
            raise EndpointNotFound(endpoint_id=endpoint_id)
        WebhookDelivery.objects.filter(endpoint_id=endpoint_id).delete()  # of events that the first line waited for


def redeliver(*, delivery_id: int) -> WebhookDelivery:
    """Send it once more, as soon as may be, and for a day if need be.

    DeliveryNotFound; EndpointDisabled; DeliveryUnderWay while it is being sent.
    """
    under_way = Q(status=DeliveryStatus.SENDING, due_at__gt=Now())
    deliveries = WebhookDelivery.objects.filter(pk=delivery_id, endpoint__disabled_at=None).exclude(under_way)
    moved = deliveries.update(
        status=DeliveryStatus.PENDING,
        due_at=Now(),
        give_up_at=Now() + timedelta(seconds=LIFE_SECONDS),
        finished_at=None,
    )
    delivery = selectors.get_delivery(delivery_id=delivery_id)
    if not moved:
        if delivery.endpoint.disabled_at:
            raise EndpointDisabled(endpoint_id=delivery.endpoint_id)
        raise DeliveryUnderWay(delivery_id=delivery_id)
    return delivery


def _check(url: str) -> None:
    try:
        resolve(parse(url))
    except AddressRefused as refused:
        raise EndpointRefused(errors={"url": (str(refused),)}) from None


def _types(event_types: Sequence[str]) -> list[str]:
    return sorted(set(event_types))


def _update(endpoint_id: int, **changes: Any) -> None:
    if not WebhookEndpoint.objects.filter(pk=endpoint_id).update(**changes, updated_at=Now()):
        raise EndpointNotFound(endpoint_id=endpoint_id)


def _disable(endpoint_id: int) -> None:
    """What waits keeps waiting."""
    endpoints = WebhookEndpoint.objects.filter(pk=endpoint_id, disabled_at=None)
    endpoints.update(disabled_at=Now(), disabled_reason=BY_STAFF, updated_at=Now())


def _enable(endpoint_id: int) -> None:
    """What waited goes out now, but for what is more than a day old: nobody wants that all of a sudden."""
    overdue = WebhookDelivery.objects.filter(
        endpoint_id=endpoint_id,
        status=DeliveryStatus.PENDING,
        give_up_at__lte=Now(),
        endpoint__disabled_at__isnull=False,
    )
    overdue.update(status=DeliveryStatus.FAILED, finished_at=Now())
    endpoints = WebhookEndpoint.objects.filter(pk=endpoint_id, disabled_at__isnull=False)
    endpoints.update(disabled_at=None, disabled_reason="", healthy_at=Now(), updated_at=Now())
