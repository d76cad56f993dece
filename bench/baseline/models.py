"""The tables of ShopFlow's inventory, orders and outbox, as one Django app would have them.

`objects` is declared because the type checker's plug-in knows installed apps only.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q


class Product(models.Model):
    objects: ClassVar[models.Manager[Product]]
    sku = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    category = models.CharField(max_length=64, blank=True, db_index=True)
    price = models.BigIntegerField()  # in minor units
    currency = models.CharField(max_length=3, default="EUR")
    stock = models.BigIntegerField(default=0)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.CheckConstraint(name="product_stock_never_negative", condition=Q(stock__gte=0))]

    def __str__(self) -> str:
        return self.name


class StockMovement(models.Model):
    objects: ClassVar[models.Manager[StockMovement]]
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="movements")
    delta = models.BigIntegerField()
    kind = models.CharField(max_length=16)
    reference = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.delta:+d}"


class Reservation(models.Model):
    objects: ClassVar[models.Manager[Reservation]]

    class State(models.TextChoices):
        HELD = "held"
        COMMITTED = "committed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    state = models.CharField(max_length=16, choices=State.choices, default=State.HELD)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.id} {self.state}"


class ReservationLine(models.Model):
    objects: ClassVar[models.Manager[ReservationLine]]
    reservation = models.ForeignKey(Reservation, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.quantity} of {self.product}"


class Order(models.Model):
    objects: ClassVar[models.Manager[Order]]
    user_id = models.BigIntegerField(db_index=True)
    status = models.CharField(max_length=16)
    currency = models.CharField(max_length=3)
    total_price = models.BigIntegerField()
    reservation = models.OneToOneField(Reservation, on_delete=models.PROTECT, related_name="order")
    idempotency_key = models.CharField(max_length=255, null=True)  # noqa: DJ001 - unique only where given
    fingerprint = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="order_key_once", fields=["user_id", "idempotency_key"])]

    def __str__(self) -> str:
        return f"{self.pk} {self.status}"


class OrderLine(models.Model):
    objects: ClassVar[models.Manager[OrderLine]]
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="items")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    quantity = models.PositiveIntegerField()
    unit_price = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.quantity} of {self.name}"


class OrderEvent(models.Model):
    objects: ClassVar[models.Manager[OrderEvent]]
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="events")
    type = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.type


class OutboxEvent(models.Model):
    objects: ClassVar[models.Manager[OutboxEvent]]
    event_id = models.UUIDField(default=uuid.uuid4, unique=True)
    type = models.CharField(max_length=64)
    data = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index("id", name="outbox_waiting", condition=Q(delivered_at=None))]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"
