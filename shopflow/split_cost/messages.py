"""Messages of about a given size: what a call weighs is known, what it said is not and never was recorded."""

from __future__ import annotations

from dataclasses import is_dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from contracts.money import Money
from contracts.transport.codec import codec_of
from contracts.transport.shapes import Shape, shapes_of

TEXT = "x" * 12
VALUES: dict[type, Any] = {
    int: 1000,
    str: TEXT,
    bool: True,
    datetime: datetime(2030, 1, 1, tzinfo=UTC),
    Money: Money(currency="EUR", minor=1999),
}


def message(cls: type, *, size: float) -> Any:
    """As near to `size` bytes as whole elements of its lists come; without lists, its first text is made to fit."""
    empty = _build(cls, elements=0)
    spare = size - _weight(cls, empty)
    shapes = shapes_of(cls)
    if any(shape.many for shape in shapes.values()):
        each = _weight(cls, _build(cls, elements=1)) - _weight(cls, empty)
        return _build(cls, elements=max(0, round(spare / each)))
    text = next((name for name, shape in shapes.items() if shape.of is str), None)
    return _build(cls, elements=0, **({text: TEXT + "x" * max(0, round(spare))} if text else {}))


def _weight(cls: type, value: Any) -> int:
    return len(codec_of(cls).encode(value))


def _build(cls: type, *, elements: int, **given: Any) -> Any:
    """Every field filled, each list with so many elements."""
    return cls(**{name: _value(shape, elements) for name, shape in shapes_of(cls).items()} | given)


def _value(shape: Shape, elements: int) -> Any:
    return (_one(shape.of),) * elements if shape.many else _one(shape.of)


def _one(of: type) -> Any:
    if issubclass(of, StrEnum):
        return next(iter(of))
    if of not in VALUES and is_dataclass(of):
        return _build(of, elements=1)
    return VALUES[of]
