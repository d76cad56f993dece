"""Tables of the orders: the order, its lines at the prices of the day, and its history."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from contracts.orders import OrderStatus


class Order(models.Model):
    """`total` in minor units of `currency`: the one currency of all its lines."""

    user_id = models.BigIntegerField()
    status = models.CharField(max_length=16, choices=[(status.value, status.value) for status in OrderStatus])
    currency = models.CharField(max_length=3)
    total = models.BigIntegerField()
    reservation_id = models.UUIDField(unique=True)
    idempotency_key = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001 - unique only where given
    fingerprint = models.CharField(max_length=64, blank=True, default="", help_text="Of the body behind the key.")
    version = models.IntegerField(default=1, db_default=1, help_text="How many events its history has.")
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint("user_id", "idempotency_key", name="idempotency_key_once_per_user"),
            models.CheckConstraint(name="order_total_never_negative", condition=Q(total__gte=0)),
            models.CheckConstraint(
                name="order_status_is_legal", condition=Q(status__in=[status.value for status in OrderStatus])
            ),
        ]
        indexes = [
            models.Index(F("user_id"), F("id").desc(), name="order_by_user_newest_first"),
            models.Index("created_at", name="order_pending_since", condition=Q(status=OrderStatus.PENDING.value)),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.status}"


class OrderLine(models.Model):
    """Quantity and price as they were on the day; `unit_price` in minor units of the order's currency."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    product_id = models.BigIntegerField()
    name = models.CharField(max_length=200)
    quantity = models.BigIntegerField()
    unit_price = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint("order", "product_id", name="order_line_once_per_product"),
            models.CheckConstraint(name="order_line_orders_something", condition=Q(quantity__gt=0)),
            models.CheckConstraint(name="unit_price_never_negative", condition=Q(unit_price__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.product_id}"


class OrderEvent(models.Model):
    """What happened to an order, in order: its first event has `sequence` 1, and there is no gap."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="events")
    sequence = models.IntegerField()
    type = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint("order", "sequence", name="order_event_once_per_sequence")]

    def __str__(self) -> str:
        return f"{self.sequence} {self.type}"
