"""Prices: minor units inside, a JSON number with two decimals outside."""

from __future__ import annotations

import re
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Any

from rest_framework import serializers

from contracts.money import MAX_PRICE, MINOR_UNITS

CENT = Decimal("0.01")
EXACT = Context(prec=40, traps=[Inexact, InvalidOperation])
PLAIN_NUMBER = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?", re.ASCII)


class PriceField(serializers.Field[int, Any, float, Any]):
    """25.5 in JSON is 2550 in Python. Nothing is rounded: a third decimal is refused."""

    default_error_messages = {
        "invalid": "A number is required.",
        "decimals": "At most two decimals.",
        "negative": "Must not be negative.",
        "too_large": f"Must not be more than {MAX_PRICE}.",
    }

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int | float | Decimal):
            self.fail("invalid")
        return self.minor_units(Decimal(repr(data)) if isinstance(data, float) else Decimal(data))

    def minor_units(self, amount: Decimal) -> int:
        if not amount.is_finite():
            self.fail("invalid")
        if amount < 0:
            self.fail("negative")
        if amount > MAX_PRICE:
            self.fail("too_large")
        try:
            return int(amount.quantize(CENT, context=EXACT) * MINOR_UNITS)
        except Inexact:
            self.fail("decimals")

    def to_representation(self, value: int) -> float:
        return value / MINOR_UNITS


class TotalField(PriceField):
    """A sum of prices, in an answer: it has no limit of its own."""


class QueryPriceField(PriceField):
    """A price in a query string: the digits of a PriceField, and no other way to write a number."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, str) or not PLAIN_NUMBER.fullmatch(data):
            self.fail("invalid")
        return self.minor_units(Decimal(data))
