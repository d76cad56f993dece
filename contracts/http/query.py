"""Query parameters, as strict as bodies: an unknown or repeated parameter is a mistake that gets its name back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request

from contracts.http.serializers import StrictIntegerField, StrictSerializer

INTEGER = re.compile(r"-?[0-9]{1,19}", re.ASCII)


class InvalidQuery(serializers.ValidationError):
    """Always 400, also in a view that answers 422 for its bodies."""

    http_status: ClassVar[int] = 400


class QuerySerializer(StrictSerializer):
    """The parameters of a list: declare them as fields, `read` them, and document them with `parameters=[Cls]`."""

    unknown_name = "Unknown parameter."

    @classmethod
    def read(cls, request: Request) -> dict[str, Any]:
        """The validated parameters, or InvalidQuery."""
        given = request.query_params
        repeated = {name: ["Given more than once."] for name in given if len(given.getlist(name)) > 1}
        query = cls(data=given.dict(), context={"request": request})
        if not query.is_valid() or repeated:
            raise InvalidQuery({**query.errors, **repeated})
        return dict(query.validated_data)


class QueryIntegerField(StrictIntegerField):
    """Decimal digits with an optional minus: not "1_000", not " 5"."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, str) or not INTEGER.fullmatch(data):
            self.fail("invalid")
        return int(data)


class QueryBooleanField(serializers.BooleanField):
    """true or false, in lower case."""

    default_error_messages = {"invalid": "Must be true or false."}

    def to_internal_value(self, data: Any) -> bool:
        if data not in ("true", "false"):
            self.fail("invalid", input=data)
        return bool(data == "true")


class QueryWordsField(serializers.Field[frozenset[str], str, str, Any]):
    """Words from a list, separated by commas: `?expand=user,products`."""

    default_error_messages = {"unknown": "Unknown word {word}; known: {known}."}

    def __init__(self, *, among: Sequence[str], **kwargs: Any) -> None:
        self.among = tuple(among)
        super().__init__(**kwargs)

    def to_internal_value(self, data: str) -> frozenset[str]:
        words = frozenset(word for word in data.split(",") if word)
        for word in sorted(words - set(self.among)):
            self.fail("unknown", word=repr(word[:100]), known=", ".join(self.among))
        return words

    def to_representation(self, value: frozenset[str]) -> str:
        return ",".join(sorted(value))
