"""JSON of the orders: validation in, rendering out."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from bench.baseline.models import Order, OrderLine


class PriceField(serializers.Field[int, Any, float, Any]):
    """Minor units as a JSON number with two decimals."""

    def to_representation(self, value: int) -> float:
        return value / 100


class NewLineSerializer(serializers.Serializer[Any]):
    product_id = serializers.IntegerField(min_value=1)
    quantity = serializers.IntegerField(min_value=1, max_value=100_000)


class NewOrderSerializer(serializers.Serializer[Any]):
    """Either `product_id` and `quantity`, or `items`."""

    product_id = serializers.IntegerField(min_value=1, required=False)
    quantity = serializers.IntegerField(min_value=1, max_value=100_000, required=False)
    items = serializers.ListField(child=NewLineSerializer(), required=False, min_length=1, max_length=100)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "items" in attrs:
            return attrs
        if "product_id" not in attrs or "quantity" not in attrs:
            raise serializers.ValidationError("Give product_id and quantity, or items.")
        return {"items": [attrs]}


class OrderLineSerializer(serializers.ModelSerializer[OrderLine]):
    unit_price = PriceField()

    class Meta:
        model = OrderLine
        fields = ["product_id", "name", "quantity", "unit_price"]


class OrderSerializer(serializers.ModelSerializer[Order]):
    total_price = PriceField()
    items = OrderLineSerializer(many=True)

    class Meta:
        model = Order
        fields = ["id", "user_id", "status", "total_price", "currency", "items", "created_at", "updated_at"]

    def to_representation(self, instance: Order) -> dict[str, Any]:
        shown = super().to_representation(instance)
        only = shown["items"][0] if len(shown["items"]) == 1 else None
        shown["product_id"] = only and only["product_id"]
        shown["quantity"] = only and only["quantity"]
        return shown
