"""The endpoints of others that want to hear of events, and each delivery to one of them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class WebhookEndpoint(models.Model):
    """Where a program of somebody else's takes events of the types that it wants.

    The secrets are kept in the clear, because each delivery is signed with them; nothing shows or logs them again.
    """

    url = models.CharField(max_length=500)
    description = models.CharField(max_length=200, blank=True, default="", db_default="")
    event_types = ArrayField(models.CharField(max_length=64))
    secret = models.CharField(max_length=80)
    previous_secret = models.CharField(max_length=80, null=True, blank=True)  # noqa: DJ001 - none is not an empty one
    previous_until = models.DateTimeField(null=True, blank=True, help_text="Until then both secrets sign.")
    healthy_at = models.DateTimeField(
        db_default=Now(), help_text="When it last took a delivery, to the minute, or was made, enabled or moved."
    )
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_reason = models.CharField(max_length=100, blank=True, default="", db_default="")
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(previous_secret__isnull=True, previous_until__isnull=True)
                | Q(previous_secret__isnull=False, previous_until__isnull=False),
                name="previous_webhook_secret_has_its_end",
            ),
        ]

    def __str__(self) -> str:
        return f"webhook endpoint {self.pk}"


class DeliveryStatus(models.TextChoices):
    """pending → sending → delivered; or pending again, after a while; or failed, at last."""

    PENDING = "pending"
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"


UNFINISHED = Q(status__in=("pending", "sending"))


class WebhookDelivery(models.Model):
    """One event for one endpoint: the queue, and the log of what was sent.

    `attempts` is also the claim of the sender that has it. `due_at` is when it is tried, or taken from a dead sender.
    """

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    event_id = models.UUIDField()
    event_type = models.CharField(max_length=64)
    body = models.TextField(help_text="As it is signed and sent.")
    status = models.CharField(max_length=9, choices=DeliveryStatus, default="pending", db_default="pending")
    attempts = models.IntegerField(default=0, db_default=0)
    log = models.JSONField(default=list, db_default=[], help_text="What came of each attempt, from the first on.")
    created_at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField(db_default=Now())
    give_up_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("endpoint", "event_id", name="one_delivery_per_endpoint_and_event"),
            models.CheckConstraint(condition=Q(status__in=DeliveryStatus.values), name="delivery_status_legal"),
            models.CheckConstraint(
                condition=(UNFINISHED & Q(finished_at__isnull=True)) | (~UNFINISHED & Q(finished_at__isnull=False)),
                name="delivery_finished_at_its_time",
            ),
        ]
        indexes = [
            models.Index("endpoint", "due_at", name="delivery_due", condition=UNFINISHED),
            models.Index("endpoint", "due_at", name="delivery_under_way", condition=Q(status="sending")),
            models.Index("endpoint", "id", name="delivery_log"),
            models.Index("endpoint", "id", name="delivery_failures", condition=Q(status="failed")),
            BrinIndex("created_at", name="delivery_age"),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.event_id} to {self.endpoint_id}"
