"""Which gRPC methods anybody may call, through the gateway."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import get_type_hints

from contracts.ports import Ports

GATEWAY = "gateway"
"""Its name among the callers of a contract's method, and in its certificate."""


@dataclass(frozen=True, slots=True)
class PublicMethod:
    context: str
    path: str
    """As HTTP/2 has it: /package.Service/Method."""


COMPATIBLE = (
    PublicMethod("users", "/user.UserService/ValidateToken"),
    PublicMethod("inventory", "/inventory.InventoryService/GetProduct"),
    PublicMethod("inventory", "/inventory.InventoryService/CheckStock"),
)
"""Of the first ShopFlow's services: what tells nothing of others' accounts, and changes nothing."""


def public_methods() -> Iterator[PublicMethod]:
    contracts = get_type_hints(Ports)
    for context in (field.name for field in fields(Ports)):
        for method in contracts[context].methods.values():
            if GATEWAY in method.callers:
                yield PublicMethod(context, f"/{method.contract}/{method.rpc_name}")
    yield from COMPATIBLE
