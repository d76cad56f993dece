"""Webhooks in the back office: where they go, what became of each, and another try for those that were given up.

An endpoint is made and changed by the API, which shows its secret once; here nobody sees it.
"""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from contracts.back_office import audit
from contracts.back_office.pages import LookOnlyPage
from contracts.back_office.theme import action, display
from users.errors import DeliveryUnderWay, EndpointDisabled
from users.webhook_models import DeliveryStatus, WebhookDelivery, WebhookEndpoint
from users.webhooks.endpoints import redeliver


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(LookOnlyPage):
    list_display = ("id", "url", "event_types", "state", "healthy_at")
    ordering = ("-id",)
    exclude = ("secret", "previous_secret")

    @display(description="state", label={"enabled": "success", "disabled": "danger"})
    def state(self, endpoint: WebhookEndpoint) -> str:
        return "disabled" if endpoint.disabled_at else "enabled"


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(LookOnlyPage):
    list_display = ("created_at", "event_type", "endpoint_id", "state", "attempts", "finished_at")
    list_filter = ("status",)
    search_fields = ("endpoint__id__exact",)
    search_help_text = "The number of an endpoint."
    ordering = ("-id",)
    exclude = ("body",)
    actions = ("send_again",)

    @display(description="status", label={"delivered": "success", "failed": "danger", "pending": "info"})
    def state(self, delivery: WebhookDelivery) -> str:
        return delivery.status

    @action(description="Send those again that were given up", permissions=["resend"])
    def send_again(self, request: HttpRequest, deliveries: QuerySet[WebhookDelivery]) -> None:
        sent = 0
        for delivery in deliveries.filter(status=DeliveryStatus.FAILED):
            try:
                redeliver(delivery_id=delivery.pk)
            except (DeliveryUnderWay, EndpointDisabled) as refused:
                self.message_user(request, f"{delivery}: {refused} Nothing was sent.", messages.WARNING)
                continue
            audit.note(request, delivery, f"Sent {delivery} again.")
            sent += 1
        self.message_user(request, f"{sent} will be tried for another day.")

    def has_resend_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("messaging.replay_deadletter")
