"""A service of the first ShopFlow: plain functions from its messages to its messages, in the shape a server takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from contracts.base import Method
from contracts.errors import ContractError, MalformedRequest
from contracts.transport.interceptors import Call
from shopflow.certificates import SERVICES as EVERY_SERVICE

ANY_SERVICE = frozenset(EVERY_SERVICE)
ORDERS_ONLY = frozenset({"orders"})
LARGEST_INT32 = 2**31 - 1


@dataclass(frozen=True, slots=True)
class CompatMethod:
    """`function` is named as its method: validate_token answers ValidateToken. `timeout` in seconds."""

    function: Callable[[Any], Message]
    callers: frozenset[str]
    raises: tuple[type[ContractError], ...] = ()
    timeout: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CompatService:
    descriptor: ServiceDescriptor
    context: str
    methods: tuple[CompatMethod, ...]

    @property
    def name(self) -> str:
        return str(self.descriptor.full_name)

    def answers(self) -> dict[Method, Call]:
        """Each method, with what answers it: from bytes to bytes."""
        resolved = {_resolve(self.descriptor, method): method.function for method in self.methods}
        return {method: _from_bytes(method, function) for method, function in resolved.items()}


def stock_as_int32(stock: int) -> int:
    """The largest number there is room for means that many or more: the stock is known, and a refusal helps nobody."""
    return min(stock, LARGEST_INT32)


def _resolve(service: ServiceDescriptor, method: CompatMethod) -> Method:
    name = method.function.__name__
    declared: MethodDescriptor = service.methods_by_name["".join(word.capitalize() for word in name.split("_"))]
    read_only = declared.GetOptions().idempotency_level == MethodOptions.NO_SIDE_EFFECTS
    return Method(
        contract=service.full_name,
        name=name,
        request=GetMessageClass(declared.input_type),
        response=GetMessageClass(declared.output_type),
        raises=method.raises,
        idempotent=read_only,
        read_only=read_only,
        timeout=method.timeout,
        callers=method.callers,
    )


def _from_bytes(method: Method, function: Callable[[Any], Message]) -> Call:
    request: Any = method.request

    def answer(data: bytes) -> bytes:
        try:
            asked = request.FromString(data)
        except DecodeError as error:
            raise MalformedRequest(method=method.full_name) from error
        return function(asked).SerializeToString()

    return answer
