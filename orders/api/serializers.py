"""JSON of the orders."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from contracts.http.fields import PriceField, TotalField
from contracts.http.paging import PageQuery
from contracts.http.query import QuerySerializer, QueryWordsField
from contracts.http.serializers import StrictIntegerField, StrictSerializer
from contracts.inventory import MAX_LINES, StockLine
from contracts.orders import OrderStatus
from orders.expansion import EXPANSIONS

MAX_QUANTITY = 100_000
"""Of one line. With MAX_PRICE and MAX_LINES: the largest total, in cents, is below 2**53, so it is exact in JSON."""
STATUSES = [(status.value, status.value) for status in OrderStatus]


class NewLineSerializer(StrictSerializer):
    product_id = StrictIntegerField(min_value=1)
    quantity = StrictIntegerField(min_value=1, max_value=MAX_QUANTITY)


class NewLinesSerializer(StrictSerializer):
    items = serializers.ListField(child=NewLineSerializer(), min_length=1, max_length=MAX_LINES)


class NewOrderSerializer(StrictSerializer):
    """Either `product_id` and `quantity`, or `items`."""

    product_id = StrictIntegerField(min_value=1, required=False)
    quantity = StrictIntegerField(min_value=1, max_value=MAX_QUANTITY, required=False)
    items = serializers.ListField(child=NewLineSerializer(), required=False, min_length=1, max_length=MAX_LINES)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "items" in attrs:
            extra = [name for name in ("product_id", "quantity") if name in attrs]
            wrong, message = extra, "Not together with items."
        else:
            wrong = [name for name in ("product_id", "quantity") if name not in attrs]
            message = "This field is required, or items in its place."
        if wrong:
            raise serializers.ValidationError({name: [message] for name in wrong})
        return attrs

    @property
    def lines(self) -> list[StockLine]:
        items = self.validated_data.get("items") or [self.validated_data]
        return [StockLine(product_id=item["product_id"], quantity=item["quantity"]) for item in items]


class OrderQuery(QuerySerializer):
    expand = QueryWordsField(among=EXPANSIONS, required=False, help_text="`user`, `products`, or both with a comma.")


class OrderListQuery(PageQuery):
    status = serializers.ChoiceField(choices=STATUSES, required=False)


class OrderLineSerializer(serializers.Serializer[Any]):
    product_id = serializers.IntegerField()
    name = serializers.CharField()
    quantity = serializers.IntegerField()
    unit_price = PriceField()


class OrderUserSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    username = serializers.CharField()
    email = serializers.EmailField()


class OrderProductSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    sku = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    category = serializers.CharField()
    price = PriceField()
    currency = serializers.CharField()
    stock = serializers.IntegerField()


class OrderSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    user_id = serializers.IntegerField()
    status = serializers.ChoiceField(choices=STATUSES)
    total_price = TotalField()
    currency = serializers.CharField()
    items = OrderLineSerializer(many=True)
    product_id = serializers.IntegerField(allow_null=True, help_text="Of the only line; null where there are more.")
    quantity = serializers.IntegerField(allow_null=True, help_text="Of the only line; null where there are more.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ExpandedOrderSerializer(OrderSerializer):
    user = OrderUserSerializer(required=False, allow_null=True, help_text="With `?expand=user`.")
    products = OrderProductSerializer(many=True, required=False, allow_null=True, help_text="With `?expand=products`.")
    warnings = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="What could not be fetched, and is null."
    )


class OrderEventSerializer(serializers.Serializer[Any]):
    sequence = serializers.IntegerField()
    type = serializers.CharField()
    created_at = serializers.DateTimeField()
