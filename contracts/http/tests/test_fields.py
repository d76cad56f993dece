from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st
from rest_framework.exceptions import ValidationError

from contracts.http.fields import PriceField, QueryPriceField
from contracts.money import MAX_PRICE

MOST = int(MAX_PRICE * 100)


@pytest.mark.parametrize(
    ("sent", "minor"),
    [
        (25.5, 2550),
        (Decimal("25.5"), 2550),
        (25, 2500),
        (0, 0),
        (0.0, 0),
        (0.01, 1),
        (0.1, 10),
        (19.99, 1999),
        (1.10, 110),
        (Decimal("1.100000"), 110),
        (Decimal("2.5e1"), 2500),
        (9999999.99, MOST),
    ],
)
def test_a_json_number_becomes_minor_units(sent: Any, minor: int) -> None:
    assert PriceField().run_validation(sent) == minor


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (25.555, "At most two decimals."),
        (Decimal("25.5000000000000000000000000000000000000000000000001"), "At most two decimals."),
        (Decimal("1e-999999"), "At most two decimals."),
        (-0.01, "Must not be negative."),
        (-1, "Must not be negative."),
        (float("nan"), "A number is required."),
        (float("inf"), "A number is required."),
        (Decimal("NaN"), "A number is required."),
        (Decimal("sNaN"), "A number is required."),
        ("25.5", "A number is required."),
        (True, "A number is required."),
        ([1], "A number is required."),
        ({}, "A number is required."),
        (10_000_000, "Must not be more than 9999999.99."),
        (Decimal("1e999999"), "Must not be more than 9999999.99."),
        (10**4000, "Must not be more than 9999999.99."),
        (1e308, "Must not be more than 9999999.99."),
    ],
)
def test_anything_else_is_refused_with_its_reason(sent: Any, message: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        PriceField().run_validation(sent)
    assert refusal.value.detail == [message]


@given(st.integers(min_value=0, max_value=MOST))
def test_a_price_survives_the_way_out_and_back(minor: int) -> None:
    shown = json.dumps(PriceField().to_representation(minor))
    assert PriceField().run_validation(json.loads(shown)) == minor
    assert PriceField().run_validation(json.loads(shown, parse_float=Decimal)) == minor


def test_a_price_is_shown_as_a_json_number() -> None:
    assert json.dumps(PriceField().to_representation(2550)) == "25.5"


@pytest.mark.parametrize("sent", ["", " 5", "5 ", "1e3", "1_000", "-1", "+1", ".5", "5.", "NaN", "٣", "5\n"])
def test_a_price_in_a_query_is_plain_digits(sent: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        QueryPriceField().run_validation(sent)
    assert refusal.value.detail == ["A number is required."]


def test_a_price_in_a_query_becomes_minor_units() -> None:
    assert QueryPriceField().run_validation("25.5") == 2550
