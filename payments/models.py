"""Tables of the payments: one payment for each order, every call to a provider, refunds, and what providers told us."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from contracts.payments import PaymentStatus, RefundState

OPEN = (PaymentStatus.CREATED, PaymentStatus.REQUIRES_ACTION, PaymentStatus.AUTHORISED)
"""Nothing is taken yet, and something may still be."""
TAKEN = (PaymentStatus.CAPTURED, PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED)
GIVING_BACK = (PaymentStatus.CAPTURED, PaymentStatus.PARTIALLY_REFUNDED)
"""Something is taken that can go back."""


class PaymentIntent(models.Model):
    """The payment of an order. Amounts in minor units of `currency`; `refunded` counts what has really gone back.

    `cancel_requested_at`: it is to be called off, whatever becomes of the calls under way. A payment called off before
    it was asked for is a row without an amount that is voided from the start: it refuses the charge that comes later.
    """

    id = models.UUIDField(primary_key=True)
    order_id = models.BigIntegerField()
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3, blank=True, default="", db_default="")
    payment_method = models.CharField(max_length=64, blank=True, default="", db_default="")
    provider = models.CharField(max_length=16)
    status = models.CharField(max_length=24, choices=[(status.value, status.value) for status in PaymentStatus])
    reference = models.CharField(
        max_length=255, blank=True, default="", db_default="", help_text="The provider's own id of it."
    )
    next_action = models.JSONField(null=True, blank=True)
    failure_reason = models.CharField(max_length=255, blank=True, default="", db_default="")
    captured = models.BigIntegerField(default=0, db_default=0)
    refunded = models.BigIntegerField(default=0, db_default=0)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    reconciled_at = models.DateTimeField(null=True, blank=True, help_text="When its order was seen to stand.")
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_payment_per_order", fields=["order_id"]),
            models.CheckConstraint(
                name="refunded_at_most_captured_at_most_amount",
                condition=Q(refunded__gte=0, refunded__lte=F("captured"), captured__lte=F("amount")),
            ),
            models.CheckConstraint(
                name="payment_status_is_legal", condition=Q(status__in=[status.value for status in PaymentStatus])
            ),
            models.CheckConstraint(
                name="only_what_is_taken_is_captured", condition=Q(captured=0) | Q(status__in=[s.value for s in TAKEN])
            ),
        ]
        indexes = [
            models.Index("updated_at", name="payment_open", condition=Q(status__in=[s.value for s in OPEN])),
            models.Index(
                "cancel_requested_at",
                name="payment_to_call_off",
                condition=Q(cancel_requested_at__isnull=False, status__in=[s.value for s in (*OPEN, *GIVING_BACK)]),
            ),
            models.Index(
                "updated_at",
                name="payment_to_reconcile",
                condition=Q(reconciled_at__isnull=True, status__in=[s.value for s in GIVING_BACK]),
            ),
            models.Index("reference", name="payment_by_reference", condition=~Q(reference="")),
            models.Index("status", F("order_id").desc(), name="payment_by_status_newest_first"),
        ]

    def __str__(self) -> str:
        return f"order {self.order_id} {self.status}"


class CallKind(models.TextChoices):
    AUTHORISE = "authorise"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"


class CallOutcome(models.TextChoices):
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    REQUIRES_ACTION = "requires_action"
    REFUSED = "refused", "refused: it makes no sense to the provider"
    UNKNOWN = "unknown", "unknown: the provider did not answer, and is asked again"


class ProviderCall(models.Model):
    """A call that changes something at the provider: recorded before it is made, and after.

    Whoever makes it holds it until `lease_until`. Once `finished_at` is set its outcome stands, and nobody makes it
    again.
    """

    intent = models.ForeignKey(PaymentIntent, on_delete=models.PROTECT, related_name="calls")
    kind = models.CharField(max_length=16, choices=CallKind.choices)
    key = models.CharField(max_length=64, unique=True)
    amount = models.BigIntegerField()
    attempts = models.IntegerField(default=1, db_default=1)
    lease_until = models.DateTimeField()
    outcome = models.CharField(max_length=16, choices=CallOutcome.choices, null=True, blank=True)  # noqa: DJ001 - none yet
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="call_outcome_is_legal",
                condition=Q(outcome__isnull=True) | Q(outcome__in=CallOutcome.values),
            ),
            models.CheckConstraint(
                name="a_finished_call_has_an_outcome",
                condition=Q(finished_at__isnull=True)
                | Q(outcome__in=[o for o in CallOutcome.values if o != CallOutcome.UNKNOWN]),
            ),
        ]
        indexes = [models.Index("lease_until", name="call_unfinished", condition=Q(finished_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.key} {self.outcome}"


class Refund(models.Model):
    """A part of a payment that goes back: its id is the caller's, and so is the one that repeats it."""

    id = models.UUIDField(primary_key=True)
    intent = models.ForeignKey(PaymentIntent, on_delete=models.PROTECT, related_name="refunds")
    amount = models.BigIntegerField()
    state = models.CharField(
        max_length=16,
        choices=[(state.value, state.value) for state in RefundState],
        default=RefundState.REQUESTED.value,
        db_default=RefundState.REQUESTED.value,
    )
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(name="refund_gives_something", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="refund_state_is_legal", condition=Q(state__in=[state.value for state in RefundState])
            ),
        ]
        indexes = [models.Index("intent", name="refund_under_way", condition=Q(state=RefundState.REQUESTED.value))]

    def __str__(self) -> str:
        return f"{self.id} {self.state}"


class WebhookEvent(models.Model):
    """What a provider told us, once: that a payment has changed. `applied_at` is set when we have looked at it."""

    provider = models.CharField(max_length=16)
    event_id = models.CharField(max_length=255)
    kind = models.CharField(max_length=64)
    reference = models.CharField(max_length=255)
    received_at = models.DateTimeField(db_default=Now())
    applied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint("provider", "event_id", name="webhook_once_per_event")]

    def __str__(self) -> str:
        return f"{self.provider} {self.event_id}"


class EntryKind(models.TextChoices):
    AUTHORISE = "authorise"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"
    ACTION = "action", "action: the customer did what was asked, or refused"
    FAULT = "fault", "fault: a call was turned away without effect"


class SimulatedEntry(models.Model):
    """The simulated provider's own append-only ledger, as if it were kept elsewhere: a trigger refuses changes."""

    key = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=16, choices=EntryKind.choices)
    reference = models.CharField(max_length=255)
    order_id = models.BigIntegerField()
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    method = models.CharField(max_length=64)
    outcome = models.CharField(max_length=255)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="captured_or_voided_once",
                fields=["reference"],
                condition=Q(kind__in=[EntryKind.CAPTURE.value, EntryKind.VOID.value]),
            ),
        ]
        indexes = [models.Index("reference", "id", name="simulated_by_reference")]
        verbose_name_plural = "simulated entries"

    def __str__(self) -> str:
        return f"{self.key} {self.outcome}"
