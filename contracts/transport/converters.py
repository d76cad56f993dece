"""From a Python value to what a protobuf field holds, and back: one pair of functions for each type of value.

`where` is the field, for the error's text: "StockLine.quantity must be int, not float".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.timestamp_pb2 import Timestamp

from contracts.transport.agreement import enum_name
from contracts.transport.shapes import wrong

Convert = Callable[[Any], Any]
Converters = tuple[Convert, Convert]
"""How to write a value, and how to read it."""

INT64 = range(-(2**63), 2**63)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UTC_YEARS = range(-62_135_596_800, 253_402_300_800)
"""Seconds of the years 1 to 9999 in UTC: what both a datetime and a Timestamp can hold."""


def integers(where: str) -> Converters:
    def write(value: Any) -> int:
        if type(value) is not int:
            raise wrong(where, "int", value)
        if value not in INT64:
            raise TypeError(f"{where} must fit into 64 bits")
        return value

    return write, _as_it_is


def texts(where: str) -> Converters:
    def write(value: Any) -> str:
        if type(value) is not str:
            raise wrong(where, "str", value)
        if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
            raise TypeError(f"{where} must be valid Unicode: it has half of a surrogate pair")
        return value

    return write, _as_it_is


def booleans(where: str) -> Converters:
    def write(value: Any) -> bool:
        if type(value) is not bool:
            raise wrong(where, "bool", value)
        return value

    return write, _as_it_is


def moments(where: str) -> Converters:
    """Read in UTC, always. A peer's nanoseconds are cut to the microseconds that a datetime holds."""

    def write(value: Any) -> Timestamp:
        if type(value) is not datetime:
            raise wrong(where, "datetime", value)
        if value.utcoffset() is None:
            raise TypeError(f"{where} must be aware: it has no time zone")
        since = value - EPOCH
        seconds = since.days * 86_400 + since.seconds
        if seconds not in UTC_YEARS:
            raise TypeError(f"{where} must lie in the years 1 to 9999 in UTC")
        return Timestamp(seconds=seconds, nanos=since.microseconds * 1000)

    def read(value: Timestamp) -> datetime:
        if value.seconds not in UTC_YEARS:
            raise ValueError(f"{where} lies outside the years 1 to 9999")
        return EPOCH + timedelta(seconds=value.seconds, microseconds=value.nanos // 1000)

    return write, read


PLAIN: Mapping[type, Callable[[str], Converters]] = {
    int: integers,
    str: texts,
    bool: booleans,
    datetime: moments,
}


def members(where: str, of: type[StrEnum], field: FieldDescriptor) -> Converters:
    declared: Any = field.enum_type
    numbers = {member: declared.values_by_name[enum_name(member)].number for member in of}
    known = {number: member for member, number in numbers.items()}

    def write(value: Any) -> int:
        if type(value) is not of:
            raise wrong(where, of.__name__, value)
        number: int = numbers[value]
        return number

    def read(number: int) -> StrEnum:
        if number not in known:
            raise ValueError(f"{where} has the unknown value {number}")
        return known[number]

    return write, read


def _as_it_is(value: Any) -> Any:
    return value
