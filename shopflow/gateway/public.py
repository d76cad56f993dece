"""Which gRPC methods anybody may call, through the gateway: those among whose callers it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import get_type_hints

from contracts.base import Method
from contracts.ports import Ports
from shopflow.compat.services import SERVICES

GATEWAY = "gateway"
"""Its name among the callers of a method, and in its certificate."""


@dataclass(frozen=True, slots=True)
class PublicMethod:
    context: str
    path: str
    """As HTTP/2 has it: /package.Service/Method."""
    repeatable: bool
    seconds: float
    """No service takes longer over it."""


def public_methods() -> tuple[PublicMethod, ...]:
    return tuple(
        PublicMethod(context, f"/{method.contract}/{method.rpc_name}", method.idempotent, method.timeout)
        for context, method in _methods()
        if GATEWAY in method.callers
    )


def _methods() -> Iterator[tuple[str, Method]]:
    """Of the contracts, and of the first ShopFlow's services."""
    contracts = get_type_hints(Ports)
    for context in (field.name for field in fields(Ports)):
        yield from ((context, method) for method in contracts[context].methods.values())
    for service in SERVICES:
        yield from ((service.context, method) for method in service.answers())
