from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from rest_framework import serializers

from contracts.http.serializers import (
    StrictBooleanField,
    StrictCharField,
    StrictEmailField,
    StrictIntegerField,
    StrictSerializer,
)


class Line(StrictSerializer):
    quantity = StrictIntegerField(min_value=1)


class Thing(StrictSerializer):
    id = StrictIntegerField(read_only=True)
    name = StrictCharField(required=False, allow_null=True)
    count = StrictIntegerField(required=False)
    email = StrictEmailField(required=False)
    lines = Line(many=True, required=False)


def errors_of(data: Any) -> Any:
    thing = Thing(data=data)
    assert not thing.is_valid()
    return thing.errors


def test_serializers_of_one_class_do_not_mix_in_threads() -> None:
    """They share their fields."""

    def one(number: int) -> bool:
        good = {"count": number, "lines": [{"quantity": number + 1}]}
        bad = {"count": str(number), "lines": [{"quantity": number + 1}, {"quantity": 0, f"colour{number}": 1}]}
        thing, wrong = Thing(data=good), Thing(data=bad)
        assert thing.is_valid(), thing.errors
        assert not wrong.is_valid()
        expected = {
            "count": ["A whole number is required."],
            "lines": {
                1: {
                    "quantity": ["Ensure this value is greater than or equal to 1."],
                    f"colour{number}": ["Unknown field."],
                }
            },
        }
        return thing.validated_data == good and wrong.errors == expected

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(one, range(2000)))


def test_takes_what_is_documented() -> None:
    thing = Thing(data={"name": "pen", "count": 5, "email": "a@shop.test", "lines": [{"quantity": 2}]})
    assert thing.is_valid()
    assert thing.validated_data == {
        "name": "pen",
        "count": 5,
        "email": "a@shop.test",
        "lines": [{"quantity": 2}],
    }


def test_names_each_unknown_field_together_with_the_wrong_ones() -> None:
    assert errors_of({"colour": "red", "size": 1, "count": "5"}) == {
        "colour": ["Unknown field."],
        "size": ["Unknown field."],
        "count": ["A whole number is required."],
    }


def test_a_read_only_field_cannot_be_sent() -> None:
    assert errors_of({"id": 7}) == {"id": ["Unknown field."]}


def test_unknown_fields_of_nested_objects_are_named_too() -> None:
    assert errors_of({"lines": [{"quantity": 1}, {"quantity": 1, "colour": "red"}]}) == {
        "lines": {1: {"colour": ["Unknown field."]}}
    }


def test_a_hundred_thousand_unknown_names_get_a_short_answer() -> None:
    assert len(errors_of({f"field{n}": n for n in range(100_000)})) == 20


@pytest.mark.parametrize("body", [None, [], "text", 5, True])
def test_a_body_that_is_no_object_is_refused(body: Any) -> None:
    with pytest.raises(serializers.ValidationError) as refusal:
        Thing().run_validation(body if body is not None else [])
    assert "A JSON object is expected." in str(refusal.value.detail)


@pytest.mark.parametrize("value", ["5", True, False, 1.5, 1.0, Decimal("1.0"), [5], {}, 2**63, -(2**63) - 1])
def test_an_integer_is_a_json_integer_of_64_bits(value: Any) -> None:
    assert list(errors_of({"count": value})) == ["count"]


@pytest.mark.parametrize("value", [2**63 - 1, -(2**63), 0])
def test_every_64_bit_integer_is_taken(value: int) -> None:
    thing = Thing(data={"count": value})
    assert thing.is_valid()
    assert thing.validated_data == {"count": value}


@pytest.mark.parametrize("value", [5, True, 1.5, ["a"], {"a": 1}, "a\0b", "\ud800"])
def test_a_string_is_a_json_string_that_can_be_stored(value: Any) -> None:
    assert list(errors_of({"name": value})) == ["name"]


def test_null_is_taken_only_where_it_is_allowed() -> None:
    assert Thing(data={"name": None}).is_valid()
    assert errors_of({"count": None}) == {"count": ["This field may not be null."]}


@pytest.mark.parametrize("value", [5, "nobody", "a@b", "a\0@shop.test"])
def test_an_email_is_an_address(value: Any) -> None:
    assert list(errors_of({"email": value})) == ["email"]


@pytest.mark.parametrize("lookalike", [1, 0, "true", "yes", [], {}, 1.0])
def test_a_boolean_is_true_or_false_and_nothing_like_it(lookalike: Any) -> None:
    with pytest.raises(serializers.ValidationError, match="Must be true or false"):
        StrictBooleanField().run_validation(lookalike)
    assert StrictBooleanField().run_validation(False) is False
