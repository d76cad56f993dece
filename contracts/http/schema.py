"""How the OpenAPI document tells of problems."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction, OpenApiResponse
from rest_framework import serializers

from contracts.http.fields import PriceField, TotalField
from contracts.http.query import QueryWordsField
from contracts.http.serializers import StrictSerializer
from contracts.money import MAX_PRICE

PROBLEM_JSON = "application/problem+json"
VERSIONED = "/api/v"


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457 problem details. Facts of the error stand beside these members."""

    type = serializers.CharField(help_text="`urn:shopflow:problem:` and the code.")
    title = serializers.CharField(help_text="What went wrong, the same for every occurrence.")
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="What went wrong this time.")
    code = serializers.CharField(help_text="Stable; made for programs.")
    request_id = serializers.CharField(help_text="What to tell us when you ask about it.")
    errors = serializers.DictField(  # type: ignore[assignment]  # a field here, a property of serializers
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="Messages by field; fields of nested objects as `items.0.quantity`.",
    )


def problems(*statuses: int) -> dict[tuple[int, str], OpenApiResponse]:
    """The `responses` of extend_schema for these statuses: `{201: OrderSerializer, **problems(401, 404)}`.

    ApiSchema adds what any operation can answer with: 503 and 504, where it is throttled 429, to a body 400, 413, 415.
    """
    return {
        (status, PROBLEM_JSON): OpenApiResponse(ProblemSerializer, description=HTTPStatus(status).phrase)
        for status in statuses
    }


class ApiSchema(AutoSchema):
    """Declares, once for all operations of the API, the problems that any of its kind can answer with."""

    def get_operation(self, *where: Any) -> Any:
        operation = super().get_operation(*where)
        if operation and self.path.startswith(VERSIONED):
            declared = operation["responses"]
            for status in self._shared(operation):
                declared.setdefault(str(status), self._problem(status))
            operation["responses"] = dict(sorted(declared.items()))
        return operation

    def _shared(self, operation: dict[str, Any]) -> Iterator[int]:
        if "requestBody" in operation:
            yield from (400, 413, 415)
        if self.view.throttle_classes:
            yield 429
        yield from (503, 504)

    def _problem(self, status: int) -> dict[str, Any]:
        schema = self.resolve_serializer(ProblemSerializer, "response").ref
        return {"content": {PROBLEM_JSON: {"schema": schema}}, "description": HTTPStatus(status).phrase}


class StrictSerializerSchema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Says in the document that unknown fields are refused."""

    target_class = StrictSerializer
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        plain: Any = auto_schema._map_serializer  # noqa: SLF001 - as its own extensions do
        schema: dict[str, Any] = plain(self.target, direction, bypass_extensions=True)
        return {**schema, "additionalProperties": False} if direction == "request" else schema


class PriceSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = PriceField
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        """An answer goes without `multipleOf`: 19.99 is no multiple of 0.01 to a validator that counts in floats."""
        schema = {"type": "number", "minimum": 0, "maximum": float(MAX_PRICE), "examples": [25.5]}
        return {**schema, "multipleOf": 0.01} if direction == "request" else schema


class TotalSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = TotalField
    priority = 1

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        return {"type": "number", "minimum": 0, "examples": [51.0]}


class QueryWordsSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = QueryWordsField

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        word = "|".join(self.target.among)
        return {"type": "string", "pattern": f"^({word})(,({word}))*$"}
