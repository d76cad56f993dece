"""The limits of an order, together."""

from __future__ import annotations

import json
from decimal import Decimal

from hypothesis import given, strategies as st

from contracts.inventory import MAX_LINES
from contracts.money import MAX_PRICE, MINOR_UNITS
from orders.api.serializers import MAX_QUANTITY, OrderSerializer

LARGEST = int(MAX_PRICE * MINOR_UNITS) * MAX_QUANTITY * MAX_LINES


@given(st.integers(LARGEST - 10**6, LARGEST) | st.integers(0, LARGEST))
def test_the_largest_total_is_exact_to_the_cent_in_json(total: int) -> None:
    written = json.dumps(OrderSerializer().fields["total_price"].to_representation(total))
    assert json.loads(written, parse_float=Decimal) * MINOR_UNITS == total
    assert round(json.loads(written) * MINOR_UNITS) == total


def test_every_whole_number_of_cents_up_to_the_largest_total_is_a_float() -> None:
    assert LARGEST < 2**53
