"""Tables of the orders: the order, its lines at the prices of the day, its refunds, and its history."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from contracts.events import OrderCancelled, RefundFailed, RefundRequested
from contracts.orders import OrderStatus
from contracts.payments import RefundState
from orders.sales_models import BestSeller, CountedDay, SalesDay, SalesProduct  # noqa: F401 - where Django looks

LESS: Final = (OrderCancelled.type, RefundRequested.type, RefundFailed.type)
"""The events after which an order of any age has sold less than before, or more again."""


class Order(models.Model):
    """`total` in minor units of `currency`: the one currency of all its lines. `refunded` of it went back."""

    user_id = models.BigIntegerField()
    status = models.CharField(max_length=16, choices=[(status.value, status.value) for status in OrderStatus])
    currency = models.CharField(max_length=3)
    total = models.BigIntegerField()
    refunded = models.BigIntegerField(default=0, db_default=0)
    payment_method = models.CharField(
        max_length=64, blank=True, default="", db_default="", help_text="A provider's token; none: paid on invoice."
    )
    next_action = models.JSONField(null=True, blank=True, help_text="What the customer has to do before it is paid.")
    reservation_id = models.UUIDField(unique=True)
    idempotency_key = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001 - unique only where given
    fingerprint = models.CharField(max_length=64, blank=True, default="", help_text="Of the body behind the key.")
    version = models.IntegerField(default=1, db_default=1, help_text="How many events its history has.")
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())
    recover_at = models.DateTimeField(
        null=True, blank=True, help_text="When the recovery looks at it again, while it is pending."
    )

    class Meta:
        permissions = [
            ("cancel_order", "Can cancel orders"),
            ("refund_order", "Can refund orders"),
            ("fulfil_order", "Can mark orders shipped and delivered"),
        ]
        constraints = [
            models.UniqueConstraint("user_id", "idempotency_key", name="idempotency_key_once_per_user"),
            models.CheckConstraint(name="order_total_never_negative", condition=Q(total__gte=0)),
            models.CheckConstraint(
                name="order_refunded_within_total", condition=Q(refunded__gte=0, refunded__lte=F("total"))
            ),
            models.CheckConstraint(
                name="order_status_is_legal", condition=Q(status__in=[status.value for status in OrderStatus])
            ),
        ]
        indexes = [
            models.Index(F("user_id"), F("id").desc(), name="order_by_user_newest_first"),
            models.Index("created_at", name="order_pending_since", condition=Q(status=OrderStatus.PENDING.value)),
            models.Index("created_at", name="order_by_time"),
            models.Index("status", "created_at", name="order_by_status_and_time"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.status}"


class OrderLine(models.Model):
    """Quantity and price as they were on the day; `unit_price` in minor units of the order's currency.

    `refunded` of its quantity came back, or is about to: a refund takes it as it is asked for.
    """

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    product_id = models.BigIntegerField()
    name = models.CharField(max_length=200)
    quantity = models.BigIntegerField()
    unit_price = models.BigIntegerField()
    refunded = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint("order", "product_id", name="order_line_once_per_product"),
            models.CheckConstraint(name="order_line_orders_something", condition=Q(quantity__gt=0)),
            models.CheckConstraint(name="unit_price_never_negative", condition=Q(unit_price__gte=0)),
            models.CheckConstraint(
                name="order_line_refunded_within_quantity", condition=Q(refunded__gte=0, refunded__lte=F("quantity"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.product_id}"


class Refund(models.Model):
    """Lines that come back. `amount` in minor units of the order's currency: 0 where nothing had been paid."""

    id = models.UUIDField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="refunds")
    state = models.CharField(max_length=16, choices=[(state.value, state.value) for state in RefundState])
    amount = models.BigIntegerField()
    restock = models.BooleanField(help_text="Whether its lines can be sold again.")
    reason = models.CharField(max_length=200, blank=True, default="", db_default="")
    actor_id = models.BigIntegerField(help_text="The customer or the member of staff who asked for it.")
    fingerprint = models.CharField(max_length=64, help_text="Of the request behind its key.")
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())
    recover_at = models.DateTimeField(
        null=True, blank=True, help_text="When the recovery looks at it again, while it is requested."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(name="order_refund_never_negative", condition=Q(amount__gte=0)),
            models.CheckConstraint(
                name="order_refund_state_is_legal", condition=Q(state__in=[state.value for state in RefundState])
            ),
        ]
        indexes = [
            models.Index(
                "created_at", name="order_refund_requested_since", condition=Q(state=RefundState.REQUESTED.value)
            )
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.state}"


class RefundLine(models.Model):
    refund = models.ForeignKey(Refund, on_delete=models.CASCADE, related_name="lines")
    product_id = models.BigIntegerField()
    quantity = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint("refund", "product_id", name="order_refund_line_once_per_product"),
            models.CheckConstraint(name="order_refund_line_returns_something", condition=Q(quantity__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.product_id}"


class OrderEvent(models.Model):
    """What happened to an order, in order: its first event has `sequence` 1, and there is no gap."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="events")
    sequence = models.IntegerField()
    type = models.CharField(max_length=64)
    data = models.JSONField(default=dict, db_default={}, help_text="What is not to be seen from its type.")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint("order", "sequence", name="order_event_once_per_sequence")]
        indexes = [models.Index("created_at", name="order_event_of_less", condition=Q(type__in=LESS))]

    def __str__(self) -> str:
        return f"{self.sequence} {self.type}"
