"""Reads of the endpoints and of their deliveries."""

from __future__ import annotations

from users.errors import DeliveryNotFound, EndpointNotFound
from users.webhook_models import WebhookDelivery, WebhookEndpoint


def get_endpoint(*, endpoint_id: int) -> WebhookEndpoint:
    endpoint = WebhookEndpoint.objects.filter(pk=endpoint_id).first()
    if endpoint is None:
        raise EndpointNotFound(endpoint_id=endpoint_id)
    return endpoint


def list_endpoints(*, limit: int, after: int | None = None) -> list[WebhookEndpoint]:
    """From the oldest on, at most `limit`; `after` continues behind the last one of a page."""
    endpoints = WebhookEndpoint.objects.order_by("id")
    return list((endpoints if after is None else endpoints.filter(id__gt=after))[:limit])


def get_delivery(*, delivery_id: int) -> WebhookDelivery:
    delivery = WebhookDelivery.objects.filter(pk=delivery_id).first()
    if delivery is None:
        raise DeliveryNotFound(delivery_id=delivery_id)
    return delivery


def list_deliveries(
    *, endpoint_id: int, limit: int, status: str | None = None, before: int | None = None
) -> list[WebhookDelivery]:
    """Newest first, at most `limit`, without their bodies; `before` continues below the last one of a page."""
    get_endpoint(endpoint_id=endpoint_id)
    deliveries = WebhookDelivery.objects.filter(endpoint_id=endpoint_id).defer("body", "log")
    if status is not None:
        deliveries = deliveries.filter(status=status)
    if before is not None:
        deliveries = deliveries.filter(id__lt=before)
    return list(deliveries.order_by("-id")[:limit])
