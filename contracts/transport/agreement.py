"""Do the dataclasses and the hand-written .proto files say the same? Names, types and presence, both ways."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import is_dataclass
from datetime import datetime
from enum import StrEnum
from importlib import import_module
from re import sub
from typing import Any

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor, ServiceDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from contracts.base import Contract, Method
from contracts.transport.shapes import Shape, shapes_of

SCALARS: dict[type, int] = {
    str: FieldDescriptor.TYPE_STRING,
    int: FieldDescriptor.TYPE_INT64,
    bool: FieldDescriptor.TYPE_BOOL,
}


def stubs_of(python_module: str) -> Any:
    """The generated module of a contract's module: contracts.users is shopflow/users/v1/users.proto."""
    context = python_module.rpartition(".")[2]
    return import_module(f"contracts.generated.shopflow.{context}.v1.{context}_pb2")


def message_of(cls: type) -> type[Message]:
    message: type[Message] = getattr(stubs_of(cls.__module__), cls.__name__)
    return message


def enum_name(member: StrEnum) -> str:
    """What the .proto calls it: ReservationState.HELD is RESERVATION_STATE_HELD."""
    return f"{_enum_prefix(type(member))}_{member.name}"


def message_disagreements(cls: type, message: Any) -> Iterator[str]:
    shapes = shapes_of(cls)
    declared = dict(message.fields_by_name)
    for name in shapes.keys() - declared.keys():
        yield f"{cls.__name__}.{name} is not in {message.full_name}"
    for name in declared.keys() - shapes.keys():
        yield f"{message.full_name}.{name} is not in {cls.__name__}"
    for name in shapes.keys() & declared.keys():
        shape, field = shapes[name], declared[name]
        if not _same(shape, field):
            yield f"{cls.__name__}.{name} is {shape}, but {field.full_name} is {_described(field)}"
        elif field.enum_type is not None:
            yield from _enum_disagreements(shape.of, field.enum_type)


def contract_disagreements(contract: type[Contract]) -> Iterator[str]:
    """Whether the contract and its gRPC service have the same methods; of their messages the codec sees to that."""
    services = stubs_of(contract.__module__).DESCRIPTOR.services_by_name
    service: ServiceDescriptor = services[contract.__name__]
    if service.full_name != f"{contract.package}.{contract.__name__}":
        yield f"{contract.__name__} is in {contract.package}, but its service is {service.full_name}"
    methods = {method.rpc_name: method for method in contract.methods.values()}
    for name in sorted(methods.keys() ^ set(service.methods_by_name)):
        yield f"{service.full_name}/{name} is only on one side"
    for name in sorted(methods.keys() & set(service.methods_by_name)):
        declared = service.methods_by_name[name]
        said = (declared.input_type.name, declared.output_type.name, declared.GetOptions().idempotency_level)
        expected = (methods[name].request.__name__, methods[name].response.__name__, _idempotency(methods[name]))
        if said != expected:
            yield f"{service.full_name}/{name} is {said}, but the contract says {expected}"


def _same(shape: Shape, field: FieldDescriptor) -> bool:
    if shape.many != field.is_repeated or shape.optional != (field.containing_oneof is not None):
        return False
    if shape.of in SCALARS:
        return bool(SCALARS[shape.of] == field.type)
    if issubclass(shape.of, StrEnum):
        return field.enum_type is not None and field.enum_type.name == shape.of.__name__
    return field.message_type is not None and field.message_type.full_name == _message_name(shape.of)


def _message_name(cls: type) -> str | None:
    if cls is datetime:
        return Timestamp.DESCRIPTOR.full_name
    return message_of(cls).DESCRIPTOR.full_name if is_dataclass(cls) else None


def _enum_disagreements(cls: type[StrEnum], enum: EnumDescriptor) -> Iterator[str]:
    expected = {f"{_enum_prefix(cls)}_UNSPECIFIED", *map(enum_name, cls)}
    for name in sorted(expected ^ set(enum.values_by_name)):
        yield f"{name} is only in one of {cls.__name__} and {enum.full_name}"


def _enum_prefix(cls: type[StrEnum]) -> str:
    return sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).upper()


def _described(field: FieldDescriptor) -> str:
    kind = field.message_type or field.enum_type
    names = {value: name for name, value in vars(FieldDescriptor).items() if name.startswith("TYPE_")}
    name = kind.full_name if kind else names[field.type].removeprefix("TYPE_").lower()
    if field.is_repeated:
        return f"repeated {name}"
    return f"optional {name}" if field.containing_oneof is not None else name


def _idempotency(method: Method) -> int:
    if method.read_only:
        return MethodOptions.NO_SIDE_EFFECTS
    return MethodOptions.IDEMPOTENT if method.idempotent else MethodOptions.IDEMPOTENCY_UNKNOWN
