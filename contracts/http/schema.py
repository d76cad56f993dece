"""How the OpenAPI document tells of problems."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457 problem details. Facts of the error stand beside these members."""

    type = serializers.CharField(help_text="`/problems/{code}`")
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

    class Meta:
        ref_name = "Problem"


def problems(*statuses: int) -> dict[tuple[int, str], OpenApiResponse]:
    """The `responses` of extend_schema for these statuses: `{201: OrderSerializer, **problems(400, 401)}`."""
    return {
        (status, "application/problem+json"): OpenApiResponse(ProblemSerializer, description=HTTPStatus(status).phrase)
        for status in statuses
    }
