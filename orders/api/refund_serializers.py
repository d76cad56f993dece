"""JSON of the refunds and of the fulfilment."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from contracts.http.fields import TotalField
from contracts.http.serializers import StrictBooleanField, StrictCharField, StrictSerializer
from contracts.inventory import MAX_LINES, StockLine
from contracts.payments import RefundState
from orders.api.serializers import NewLineSerializer, RefundedItemSerializer

STATES = [(state.value, state.value) for state in RefundState]


class NewReturnSerializer(StrictSerializer):
    items = serializers.ListField(
        child=NewLineSerializer(),
        required=False,
        min_length=1,
        max_length=MAX_LINES,
        help_text="Without it: all that is left of the order.",
    )
    reason = StrictCharField(max_length=200, required=False, allow_blank=True)

    @property
    def lines(self) -> list[StockLine]:
        items = self.validated_data.get("items", [])
        return [StockLine(product_id=item["product_id"], quantity=item["quantity"]) for item in items]

    @property
    def reason_given(self) -> str:
        return str(self.validated_data.get("reason", ""))


class NewRefundSerializer(NewReturnSerializer):
    restock = StrictBooleanField(
        required=False, help_text="By staff: whether it can be sold again. Without it: unless it was shipped."
    )


class ShipmentSerializer(StrictSerializer):
    tracking = StrictCharField(
        max_length=64, required=False, allow_blank=True, help_text="What the carrier calls the parcel."
    )


class RefundSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    order_id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=STATES)
    amount = TotalField(help_text="What goes to the customer: 0 where nothing had been paid.")
    currency = serializers.CharField()
    items = RefundedItemSerializer(many=True)
    restock = StrictBooleanField()
    reason = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
