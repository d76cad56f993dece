"""What the catalogue's API takes and shows."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from contracts.http.fields import PriceField, QueryPriceField
from contracts.http.paging import PageQuery
from contracts.http.query import QueryBooleanField
from contracts.http.serializers import StrictCharField, StrictIntegerField, StrictSerializer
from contracts.money import CURRENCIES, MINOR_UNITS
from inventory.catalogue_sql import CANDIDATES, ORDERS, SORTED_MATCHES, Filter
from inventory.models import MOST_MOVED, SKU_RULE

SORT_HELP: Final = (
    "`relevance` is for searches only, and is their default; else `id` is. "
    f"A search ranks {CANDIDATES:,} matches at most, and sorts {SORTED_MATCHES:,}."
)


# For the OpenAPI document only: `render_product` writes it, ten times as fast, and the list is the busiest page.
class ProductSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    sku = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    category = serializers.CharField()
    price = PriceField()
    currency = serializers.ChoiceField(sorted(CURRENCIES))
    stock = serializers.IntegerField(help_text="What can be sold now.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    class Meta:
        ref_name = "Product"


def render_product(product: dict[str, Any]) -> dict[str, Any]:
    return {**product, "price": product["price"] / MINOR_UNITS}


class ProductFields(StrictSerializer):
    """What staff say of a product."""

    name = StrictCharField(max_length=200)
    description = StrictCharField(max_length=5000, allow_blank=True, required=False)
    category = StrictCharField(max_length=64, allow_blank=True, required=False)
    price = PriceField()
    currency = serializers.ChoiceField(sorted(CURRENCIES), required=False)
    sku = StrictCharField(max_length=64, required=False, validators=[SKU_RULE])


class NewProduct(ProductFields):
    stock = StrictIntegerField(min_value=0, max_value=MOST_MOVED)


@extend_schema_serializer(component_name="ProductChanges")
class ProductChanges(ProductFields):
    """Any of the fields. The stock has a path of its own."""


@extend_schema_field(
    {"type": "integer", "minimum": -MOST_MOVED - 1, "maximum": MOST_MOVED, "not": {"const": 0}}  # as it checks
)
class QuantityChangeField(StrictIntegerField):
    default_error_messages = {"zero": "Must not be 0."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=-MOST_MOVED - 1, max_value=MOST_MOVED, **kwargs)

    def to_internal_value(self, data: Any) -> int:
        change = super().to_internal_value(data)
        if change == 0:
            self.fail("zero")
        return change


class StockChange(StrictSerializer):
    """A change of the stock, kept in the ledger with its reason."""

    quantity_change = QuantityChangeField(help_text="Added to the stock; negative to take away.")
    reason = StrictCharField(max_length=200, allow_blank=True, required=False)


class ProductQuery(PageQuery):
    """The parameters of the catalogue list."""

    q = serializers.CharField(required=False, max_length=200, allow_blank=True, help_text="Words; typos are forgiven.")
    category = serializers.CharField(required=False, max_length=64)
    min_price = QueryPriceField(required=False)
    max_price = QueryPriceField(required=False)
    in_stock = QueryBooleanField(required=False)
    sort = serializers.ChoiceField(list(ORDERS), required=False, help_text=SORT_HELP)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs.setdefault("sort", "relevance" if attrs.get("q") else "id")
        if attrs["sort"] == "relevance" and not attrs.get("q"):
            raise serializers.ValidationError({"sort": ["Only a search (`q`) has a relevance."]})
        return attrs


def wanted(query: dict[str, Any]) -> Filter:
    return Filter(**{name: query.get(name) for name in ("q", "category", "min_price", "max_price", "in_stock")})
