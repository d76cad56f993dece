"""What an annotation of a contract says: `X`, `X | None` or `tuple[X, ...]`, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, fields
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints


@dataclass(frozen=True, slots=True)
class Shape:
    of: type
    """The plain type: of the value, or of each element."""
    many: bool = False
    optional: bool = False

    def __str__(self) -> str:
        if self.many:
            return f"tuple[{self.of.__name__}, ...]"
        return f"{self.of.__name__} | None" if self.optional else self.of.__name__


def shapes_of(cls: type) -> dict[str, Shape]:
    """The shape of each field of a dataclass."""
    hints = get_type_hints(cls)
    return {field.name: _shape(hints[field.name], f"{cls.__name__}.{field.name}") for field in fields(cls)}


def _shape(annotation: Any, where: str) -> Shape:
    origin, arguments = get_origin(annotation), get_args(annotation)
    match arguments:
        case () if isinstance(annotation, type):
            return Shape(annotation)
        case (type() as of, second) if origin is tuple and second is ...:
            return Shape(of, many=True)
        case (type() as of, second) if origin in (Union, UnionType) and second is NoneType:
            return Shape(of, optional=True)
    raise TypeError(f"{where}: {annotation!r} cannot cross a contract")


def wrong(where: str, expected: str, value: object) -> TypeError:
    """The error for a value that is not what its annotation says; it names the place and never the value."""
    return TypeError(f"{where} must be {expected}, not {type(value).__name__}")
