"""A client of the first ShopFlow, in a process of its own: its stubs have the names that the server's have here."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import grpc
from google.rpc.error_details_pb2 import ErrorInfo
from grpc_status import rpc_status

PATIENCE = 30.0
Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Refusal:
    """`code` is gRPC's; `reason` and `facts` are there for who looks closer. The first clients knew only the code."""

    code: str
    reason: str = ""
    facts: tuple[tuple[str, str], ...] = ()


class Ask(Protocol):
    def __call__(self, method: str, /, *, identity: str | None = ..., **fields: Any) -> Fields | Refusal: ...


@contextmanager
def first_client(stubs: Path, certs: Path, ports: dict[str, int]) -> Iterator[Ask]:
    """Asks `ports[module]` for "user.UserService/GetUser"; `identity` names the certificate, None shows none."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context, initializer=_find, initargs=(stubs,)) as process:

        def ask(method: str, /, *, identity: str | None = "orders", **fields: Any) -> Fields | Refusal:
            asked = partial(_ask, certs, ports[method.partition(".")[0]], identity, method, fields)
            return process.submit(asked).result(PATIENCE)

        yield ask


def channel(certs: Path, port: int, identity: str | None) -> grpc.Channel:
    authority = (certs / "ca.crt").read_bytes()
    own = [(certs / f"{identity}.{kind}").read_bytes() for kind in ("key", "crt")] if identity else []
    return grpc.secure_channel(f"localhost:{port}", grpc.ssl_channel_credentials(authority, *own))


def _find(stubs: Path) -> None:
    sys.path.insert(0, str(stubs))


def _ask(certs: Path, port: int, identity: str | None, method: str, fields: Fields) -> Fields | Refusal:
    service, _, name = method.partition("/")
    module, _, service_name = service.partition(".")
    messages, stubs = import_module(f"{module}_pb2"), import_module(f"{module}_pb2_grpc")
    with channel(certs, port, identity) as opened:
        stub = getattr(stubs, f"{service_name}Stub")(opened)
        try:
            answer = getattr(stub, name)(getattr(messages, f"{name}Request")(**fields), timeout=PATIENCE / 2)
        except grpc.RpcError as error:
            return refusal(error)
    return {field.name: getattr(answer, field.name) for field in answer.DESCRIPTOR.fields}


def refusal(error: Any) -> Refusal:
    status, info = rpc_status.from_call(error), ErrorInfo()
    if status is None or not status.details[0].Unpack(info):
        return Refusal(error.code().name)
    return Refusal(error.code().name, info.reason, tuple(sorted(info.metadata.items())))
