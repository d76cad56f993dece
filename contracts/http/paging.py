"""Key paging: a list goes on after the last row seen, found by its sort key, at the same cost on every page."""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contracts.http.query import InvalidQuery, QueryIntegerField, QuerySerializer
from contracts.http.serializers import INT64_MAX

Row = TypeVar("Row")
Key = tuple[int | str | datetime, ...]
MAX_CURSOR = 2000
"""Enough for the longest key: a name of 200 letters, each of which JSON and UTF-8 write in six bytes at most."""


class PageQuery(QuerySerializer):
    """`?limit=&after=`: add the filters of the list in a subclass."""

    limit = QueryIntegerField(default=50, min_value=1, max_value=100, help_text="How many at most.")
    after = serializers.CharField(required=False, max_length=MAX_CURSOR, help_text="From the `next` link of a page.")


def write_cursor(sort: str, key: Key) -> str:
    """An opaque text that means: after the row with this key, in this order."""
    values = [value.isoformat() if isinstance(value, datetime) else value for value in key]
    written = json.dumps([sort, *values], ensure_ascii=False, separators=(",", ":"))
    return urlsafe_b64encode(written.encode()).decode().rstrip("=")


def read_cursor(after: str | None, *, sort: str, types: Sequence[type]) -> Any:
    """The key that `write_cursor` was given, as a tuple, or None for the first page.

    InvalidQuery where it was not made by us for the same order with a key of these types.
    """
    if after is None:
        return None
    try:
        written_sort, *values = json.loads(urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        if written_sort != sort:
            raise InvalidQuery({"after": ["This cursor belongs to another sort order."]})
        return tuple(_typed(value, wanted) for value, wanted in zip(values, types, strict=True))
    except (ValueError, TypeError, RecursionError, binascii.Error) as error:
        raise InvalidQuery({"after": ["Not a cursor of this list."]}) from error


def _typed(value: Any, wanted: type) -> Any:
    if wanted is datetime:
        value = datetime.fromisoformat(value)
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
    if type(value) is not wanted:
        raise TypeError(value)
    if isinstance(value, int) and abs(value) > INT64_MAX:
        raise ValueError("more than the database holds")
    if isinstance(value, str) and b"\0" in value.encode():
        raise ValueError("no text that the database takes")
    return value


def paged(
    request: Request,
    rows: Sequence[Row],
    *,
    limit: int,
    sort: str,
    key: Callable[[Row], Key],
    render: Callable[[Sequence[Row]], Any],
) -> Response:
    """The answer of a list: a plain array of at most `limit`, with a Link header where `rows` holds one more."""
    shown = rows[:limit]
    response = Response(render(shown))
    if len(rows) > limit:
        response["Link"] = f'<{_next_url(request, write_cursor(sort, key(shown[-1])))}>; rel="next"'
    return response


def _next_url(request: Request, cursor: str) -> str:
    query = request.query_params.copy()
    query["after"] = cursor
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
