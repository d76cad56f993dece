from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any

import pytest
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory

from contracts.http.paging import PageQuery, paged, read_cursor, write_cursor
from contracts.http.query import (
    InvalidQuery,
    QueryBooleanField,
    QueryIntegerField,
    QuerySerializer,
    QueryWordsField,
)

WHEN = datetime(2026, 11, 21, 12, 30, 15, 123456, tzinfo=UTC)


class ThingQuery(PageQuery):
    category = QueryIntegerField(required=False)
    in_stock = QueryBooleanField(required=False)
    expand = QueryWordsField(among=("user", "products"), required=False)


def request(query: str = "") -> Request:
    return Request(APIRequestFactory().get(f"/things?{query}"))


def refusal_of(query: str, serializer: type[QuerySerializer] = ThingQuery) -> Any:
    with pytest.raises(InvalidQuery) as refusal:
        serializer.read(request(query))
    assert refusal.value.http_status == 400
    return refusal.value.detail


def test_a_page_has_fifty_rows_unless_asked_otherwise() -> None:
    assert ThingQuery.read(request()) == {"limit": 50}


def test_parameters_are_read_by_type() -> None:
    assert ThingQuery.read(request("limit=7&category=-3&in_stock=true&expand=user,products")) == {
        "limit": 7,
        "category": -3,
        "in_stock": True,
        "expand": frozenset({"user", "products"}),
    }


@pytest.mark.parametrize("limit", ["0", "101", "-1", "1.0", "1e1", "ten", "", " 5", "٣", "1_0", "9" * 30])
def test_a_limit_that_is_none_is_named(limit: str) -> None:
    assert list(refusal_of(f"limit={limit}")) == ["limit"]


def test_unknown_and_repeated_parameters_are_named() -> None:
    assert refusal_of("colour=red&limit=5&limit=6") == {
        "colour": ["Unknown parameter."],
        "limit": ["Given more than once."],
    }


def test_a_boolean_parameter_is_true_or_false() -> None:
    assert refusal_of("in_stock=yes") == {"in_stock": ["Must be true or false."]}


def test_an_unknown_word_is_named() -> None:
    assert refusal_of("expand=user,stock") == {"expand": ["Unknown word 'stock'; known: user, products."]}


def test_a_cursor_gives_back_the_key_it_was_made_of() -> None:
    written = write_cursor("-created", (WHEN, "pen", 2**63 - 1))
    assert read_cursor(written, sort="-created", types=(datetime, str, int)) == (WHEN, "pen", 2**63 - 1)
    assert read_cursor(None, sort="-created", types=(datetime, str, int)) is None


def test_a_cursor_of_another_order_is_refused() -> None:
    with pytest.raises(InvalidQuery) as refusal:
        read_cursor(write_cursor("price", (2550, 7)), sort="-price", types=(int, int))
    assert refusal.value.detail == {"after": ["This cursor belongs to another sort order."]}


def raw(value: Any) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "!",
        "é",
        "\0",
        "abc",
        "a" * 999,
        raw(5),
        raw({}),
        raw([]),
        raw(["price"]),
        raw(["price", 1]),
        raw(["price", 1, 2, 3]),
        raw(["price", "1", 2]),
        raw(["price", True, 2]),
        raw(["price", 1.0, 2]),
        raw(["price", 2**63, 2]),
        raw(["price", None, 2]),
        raw([["price"], 1, 2]),
    ],
)
def test_a_broken_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidQuery) as refusal:
        read_cursor(cursor, sort="price", types=(int, int))
    assert list(refusal.value.detail) == ["after"]


@pytest.mark.parametrize("value", [5, "yesterday", "2026-11-21T12:30:15", None, ["2026-11-21"]])
def test_a_time_in_a_cursor_is_a_time_with_a_zone(value: Any) -> None:
    with pytest.raises(InvalidQuery):
        read_cursor(raw(["-created", value, 1]), sort="-created", types=(datetime, int))


def test_text_in_a_cursor_can_be_asked_of_the_database() -> None:
    for text in ("a\0b", "\ud800"):
        with pytest.raises(InvalidQuery):
            read_cursor(raw(["name", text, 1]), sort="name", types=(str, int))


@pytest.mark.parametrize(
    "letter", ["\N{MONEY BAG}", "\N{CYRILLIC SMALL LETTER ZHE}", "\N{START OF HEADING}", '"', "\\"]
)
def test_the_longest_name_of_any_letters_makes_a_link_that_can_be_followed(letter: str) -> None:
    name = letter * 200
    response = paged(request(), [1, 2], limit=1, sort="-name", key=lambda row: (name, 2**63 - 1), render=list)
    link = response["Link"].partition("?")[2].partition(">")[0]
    assert read_cursor(ThingQuery.read(request(link))["after"], sort="-name", types=(str, int)) == (name, 2**63 - 1)


def answer(query: str, rows: list[int]) -> Response:
    return paged(request(query), rows, limit=2, sort="id", key=lambda row: (row,), render=list)


def test_the_last_page_has_no_link() -> None:
    response = answer("", [1, 2])
    assert response.data == [1, 2]
    assert "Link" not in response


def test_a_page_with_more_behind_it_links_to_the_next_and_keeps_the_filters() -> None:
    response = answer(f"category=3&q=a%26b&after={write_cursor('id', (0,))}", [1, 2, 3])
    assert response.data == [1, 2]
    after = write_cursor("id", (2,))
    assert response["Link"] == f'<http://testserver/things?category=3&q=a%26b&after={after}>; rel="next"'
