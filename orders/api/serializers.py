"""JSON of the orders."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.core.validators import RegexValidator
from rest_framework import serializers

from contracts.http.fields import PriceField, TotalField
from contracts.http.paging import PageQuery
from contracts.http.query import QuerySerializer, QueryWordsField
from contracts.http.serializers import StrictCharField, StrictIntegerField, StrictSerializer
from contracts.inventory import MAX_LINES, StockLine
from contracts.orders import OrderStatus
from contracts.payments import CARD_NUMBER, PAYMENT_METHOD
from orders.expansion import EXPANSIONS

MAX_QUANTITY = 100_000
"""Of one line. With MAX_PRICE and MAX_LINES: the largest total, in cents, is below 2**53, so it is exact in JSON."""
STATUSES = [(status.value, status.value) for status in OrderStatus]


class NewLineSerializer(StrictSerializer):
    product_id = StrictIntegerField(min_value=1)
    quantity = StrictIntegerField(min_value=1, max_value=MAX_QUANTITY)


IS_TOKEN: Final = RegexValidator(rf"^{PAYMENT_METHOD.pattern}\Z", "A payment method is a token like pm_ok.")


class PaymentMethodField(StrictCharField):
    """A token of the payment provider's; what looks like the number of a card is turned away before anything else."""

    default_error_messages = {
        "card": "This looks like the number of a card, which must never come here: send the payment provider's token."
    }

    def to_internal_value(self, data: Any) -> str:
        if CARD_NUMBER.search(data):
            self.fail("card")
        return str(super().to_internal_value(data))


class PaidSerializer(StrictSerializer):
    payment_method = PaymentMethodField(
        required=False,
        max_length=64,
        validators=[IS_TOKEN],
        help_text="The payment provider's token, `pm_…`. Without one it is paid on invoice, where the shop allows it.",
    )


class NewLineOrderSerializer(NewLineSerializer, PaidSerializer): ...


class NewLinesSerializer(PaidSerializer):
    items = serializers.ListField(child=NewLineSerializer(), min_length=1, max_length=MAX_LINES)


class NewOrderSerializer(PaidSerializer):
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
        if not (settings.INVOICE or "payment_method" in attrs):
            raise serializers.ValidationError({"payment_method": ["This shop sells nothing on invoice."]})
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
    refunded = serializers.IntegerField(help_text="How much of the quantity came back, or is about to.")


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


class NextActionSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="`redirect`: send the customer to the `url`.")
    url = serializers.CharField()


class OrderSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    user_id = serializers.IntegerField()
    status = serializers.ChoiceField(choices=STATUSES)
    total_price = TotalField()
    refunded = TotalField(help_text="How much of `total_price` went back to the customer.")
    currency = serializers.CharField()
    next_action = NextActionSerializer(allow_null=True, help_text="What the customer has to do before it is paid.")
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


class RefundedItemSerializer(serializers.Serializer[Any]):
    product_id = serializers.IntegerField()
    quantity = serializers.IntegerField()


class OrderEventDataSerializer(serializers.Serializer[Any]):
    """What there is to say of it besides its type."""

    reason = serializers.CharField(required=False)
    declined = serializers.CharField(required=False, help_text="The payment provider's word for why.")
    tracking = serializers.CharField(required=False)
    refund_id = serializers.CharField(required=False)
    amount = TotalField(required=False)
    currency = serializers.CharField(required=False)
    items = RefundedItemSerializer(many=True, required=False)
    restock = serializers.BooleanField(required=False)
    whole = serializers.BooleanField(required=False, help_text="Nothing else is left of the order.")


class OrderEventSerializer(serializers.Serializer[Any]):
    sequence = serializers.IntegerField()
    type = serializers.CharField()
    data = OrderEventDataSerializer()  # type: ignore[assignment]  # a field here, a property of serializers
    created_at = serializers.DateTimeField()
