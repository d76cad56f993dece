from __future__ import annotations

from decimal import Decimal
from io import BytesIO

import pytest
from rest_framework.exceptions import ParseError

from contracts.http.parsers import StrictJSONParser


def test_numbers_with_a_fraction_keep_their_digits() -> None:
    parsed = StrictJSONParser().parse(BytesIO(b'{"price": 25.500000000000000000001, "count": 5}'))
    assert parsed == {"price": Decimal("25.500000000000000000001"), "count": 5}


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"a": NaN}',
        b"[Infinity]",
        b"\xff\xfe\xfd",
        b'"\xc3\x28"',
        b"{} {}",
        b"1" * 5000,
        b"1e9999999999999999999",
        b"[" * 1_000_000,
        b'{"a":' * 200_000,
    ],
    ids=[
        "cut off",
        "NaN",
        "Infinity",
        "no text",
        "bad UTF-8",
        "two values",
        "5000 digits",
        "huge exponent",
        "deep list",
        "deep object",
    ],
)
def test_what_is_not_json_is_a_parse_error(body: bytes) -> None:
    with pytest.raises(ParseError, match=r"^Malformed JSON: "):
        StrictJSONParser().parse(BytesIO(body))
