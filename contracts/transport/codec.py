"""One codec for every dataclass of every contract and its protobuf message.

It is compiled once per class, from the annotations on one side and the descriptor on the other, into plain closures.
Nothing is coerced: a value of another type than its annotation says raises TypeError, before anything is sent. What
arrives and cannot be understood raises ValueError; fields unknown here, from a newer peer, are passed over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from contracts.transport.agreement import message_disagreements, message_of
from contracts.transport.converters import PLAIN, Convert, Converters, members
from contracts.transport.shapes import Shape, shapes_of, wrong


@dataclass(frozen=True, slots=True)
class Codec:
    message: type[Message]
    to_message: Callable[[Any], Message]
    from_message: Callable[[Any], Any]

    def encode(self, value: Any) -> bytes:
        return self.to_message(value).SerializeToString()

    def decode(self, data: bytes) -> Any:
        return self.from_message(self.message.FromString(data))


@cache
def codec_of(cls: Any) -> Codec:
    """The codec between a dataclass and the message of the same name in the .proto file of its context."""
    return codec_between(cls, message_of(cls))


def codec_between(cls: type, message: Any) -> Codec:
    """Raises TypeError where the two disagree."""
    disagreements = sorted(message_disagreements(cls, message.DESCRIPTOR))
    if disagreements:
        raise TypeError("; ".join(disagreements))
    fields = dict(message.DESCRIPTOR.fields_by_name)
    parts = [
        (name, *_field(f"{cls.__name__}.{name}", name, shape, fields[name])) for name, shape in shapes_of(cls).items()
    ]
    writers = [(name, write) for name, write, _ in parts]
    readers = [(name, read) for name, _, read in parts]

    def to_message(value: Any) -> Message:
        if type(value) is not cls:
            raise wrong("the value", cls.__name__, value)
        written: Message = message(**{name: write(getattr(value, name)) for name, write in writers})
        return written

    def from_message(received: Message) -> Any:
        return cls(**{name: read(received) for name, read in readers})

    return Codec(message, to_message, from_message)


def _field(where: str, name: str, shape: Shape, field: FieldDescriptor) -> tuple[Convert, Convert]:
    """How to write the value of one field, and how to read it from the whole message."""
    write, read = _converters(where, shape.of, field)
    if shape.many:
        return _write_many(where, write), lambda message: tuple(map(read, getattr(message, name)))
    if shape.optional:
        return (
            lambda value: None if value is None else write(value),
            lambda message: read(getattr(message, name)) if message.HasField(name) else None,
        )
    if field.message_type is None:
        return write, lambda message: read(getattr(message, name))

    def read_required(message: Message) -> Any:
        if not message.HasField(name):
            raise ValueError(f"{where} is missing")
        return read(getattr(message, name))

    return write, read_required


def _write_many(where: str, write: Convert) -> Convert:
    def write_each(value: Any) -> list[Any]:
        if type(value) is not tuple:
            raise wrong(where, "tuple", value)
        return [write(element) for element in value]

    return write_each


def _converters(where: str, of: Any, field: FieldDescriptor) -> Converters:
    """From Python to protobuf and back, for one value of type `of`."""
    if of in PLAIN:
        return PLAIN[of](where)
    if issubclass(of, StrEnum):
        return members(where, of, field)
    return _nested(where, codec_of(of), of)


def _nested(where: str, codec: Codec, of: type) -> Converters:
    def write(value: Any) -> Message:
        if type(value) is not of:
            raise wrong(where, of.__name__, value)
        return codec.to_message(value)

    return write, codec.from_message
