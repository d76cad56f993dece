"""The outbox and the inbox: one pair of tables in each context's own database."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class OutboxEvent(models.Model):
    """An event that is true, on its way to its consumers.

    It waits (`available_at`), is leased to one relay (`leased_until`), and ends delivered or dead. Over a broker it
    stays leased until each consuming context has told its outcome. A dead letter holds up the later events of its
    aggregate until it is replayed.
    """

    event_id = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False)
    type = models.CharField(max_length=64)
    version = models.SmallIntegerField(default=1, db_default=1)
    aggregate_id = models.CharField(max_length=64)
    data = models.JSONField()
    headers = models.JSONField(default=dict, db_default={})
    created_at = models.DateTimeField(db_default=Now())
    available_at = models.DateTimeField(db_default=Now())
    leased_until = models.DateTimeField(null=True, blank=True)
    lease = models.UUIDField(null=True, blank=True, help_text="The relay's claim under which it is being delivered.")
    awaiting = ArrayField(
        models.CharField(max_length=64),
        null=True,
        blank=True,
        help_text="Over a broker: the contexts that have not applied it yet.",
    )
    attempts = models.IntegerField(default=0, db_default=0, help_text="How often a relay took it.")
    failures = models.IntegerField(default=0, db_default=0, help_text="How often it failed by its own fault.")
    last_error = models.CharField(max_length=500, blank=True, default="", db_default="")
    delivered_at = models.DateTimeField(null=True, blank=True)
    dead_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        permissions = [("replay_deadletter", "Can replay dead letters")]
        indexes = [
            models.Index("id", name="outbox_waiting", condition=Q(delivered_at=None, dead_at=None)),
            models.Index("aggregate_id", "id", name="outbox_undelivered", condition=Q(delivered_at=None)),
            models.Index("dead_at", name="outbox_dead", condition=Q(dead_at__isnull=False)),
            models.Index("delivered_at", name="outbox_delivered", condition=Q(delivered_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"


class InboxEntry(models.Model):
    """Proof that `consumer` has applied the event: written in the transaction of its effect."""

    consumer = models.CharField(max_length=200)
    event_id = models.UUIDField()
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint("consumer", "event_id", name="applied_once_per_consumer")]
        indexes = [models.Index("received_at", name="inbox_age")]

    def __str__(self) -> str:
        return f"{self.consumer} {self.event_id}"
