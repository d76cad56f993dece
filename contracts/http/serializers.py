"""Serializers and fields that take what the API documents and nothing else: no unknown names, no lookalike types."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, cached_property
from typing import Any

from rest_framework import serializers
from rest_framework.utils.serializer_helpers import BindingDict

INT64_MAX = 2**63 - 1
NAMED = 20
"""So many unknown names are answered one by one; a body can hold a hundred thousand."""


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields that it does not write, each by its name."""

    default_error_messages = {"invalid": "A JSON object is expected."}
    unknown_name = "Unknown field."

    @cached_property
    def fields(self) -> BindingDict:
        """Those of the class, bound once: copying them anew for each request costs more than validating it."""
        return _fields_of(type(self), partial=self.partial)

    def to_internal_value(self, data: Any) -> Any:
        errors = self._unknown(data) if isinstance(data, Mapping) else {}
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if not isinstance(error.detail, dict):
                raise
            errors = {**error.detail, **errors}
        if errors:
            raise serializers.ValidationError(errors)
        return values

    def _unknown(self, data: Mapping[str, Any]) -> dict[str, Any]:
        known = _known_to(type(self), partial=self.partial)
        unknown = [name for name in data if name not in known]
        return {name[:100]: [self.unknown_name] for name in unknown[:NAMED]}


@cache
def _fields_of(cls: type[StrictSerializer], *, partial: bool) -> BindingDict:
    prototype = cls(partial=partial)
    fields = BindingDict(prototype)
    for name, field in prototype.get_fields().items():
        fields[name] = field
    return fields


@cache
def _known_to(cls: type[StrictSerializer], *, partial: bool) -> frozenset[str]:
    return frozenset(name for name, field in _fields_of(cls, partial=partial).items() if not field.read_only)


class StrictIntegerField(serializers.IntegerField):
    """A JSON integer that fits an int64: not "5", not true, not 1.0."""

    default_error_messages = {"invalid": "A whole number is required."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": -INT64_MAX - 1, "max_value": INT64_MAX, **kwargs})

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return data


class StrictBooleanField(serializers.BooleanField):
    """true or false: not "yes", not 1."""

    default_error_messages = {"invalid": "Must be true or false."}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class StrictCharField(serializers.CharField):
    """A JSON string: not 5. DRF itself refuses NUL characters and lone surrogates."""

    default_error_messages = {"invalid": "A string is required."}

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if data is not serializers.empty and data is not None and not isinstance(data, str):
            self.fail("invalid")
        return super().run_validation(data)


class StrictEmailField(StrictCharField, serializers.EmailField):
    """A JSON string that is an e-mail address."""

    default_error_messages = {"invalid": "Enter a valid email address."}
