"""Each context as a gRPC service in this process, over mutual TLS: started when first called, for the whole run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from django.db import connections
from django.test import override_settings

from contracts.base import Contract
from contracts.ports import Ports, ports, using
from contracts.transport.grpc_client import grpc_client
from contracts.transport.peer import Peer
from shopflow.certificates import ensure_certificates
from shopflow.grpc.channels import open_channel
from shopflow.grpc.server import Server
from shopflow.wiring import CONTRACTS, hooks

running = ExitStack()
"""What has to be stopped at the end of the run."""


@contextmanager
def over_grpc() -> Iterator[Ports]:
    """Every contract in front of its service; whoever calls has a certificate that the contract lets in."""
    clients: dict[str, Any] = {context: client_of(context) for context in CONTRACTS}
    with ExitStack() as stack:
        for context in CONTRACTS:  # no thread of a service keeps a connection: the databases of a test are dropped
            stack.enter_context(patch.dict(connections.settings[context], CONN_MAX_AGE=0))
        stack.enter_context(using(Ports(**clients)))
        yield ports()


def client_of(context: str) -> Contract:
    """Each of its methods in the name of a service that may call it."""
    contract, _ = CONTRACTS[context]
    callers = {name: min(method.callers) for name, method in contract.methods.items()}
    clients = {caller: grpc_client(contract, peer_of(context, caller), hooks=hooks()) for caller in callers.values()}
    calls = {name: staticmethod(getattr(clients[caller], name)) for name, caller in callers.items()}
    client: Contract = type(contract.__name__, (contract,), calls)()
    return client


@cache
def peer_of(context: str, caller: str) -> Peer:
    port = port_of(context)
    peer = Peer(context, lambda: open_channel(context, f"127.0.0.1:{port}"))
    with override_settings(CERTS=certs(), GRPC_PLAINTEXT=False, SERVICE=caller):
        peer.channel()
    running.callback(peer.close)
    return peer


@cache
def port_of(context: str) -> int:
    with override_settings(CERTS=certs(), GRPC_PLAINTEXT=False, SERVICE=context):
        server = Server([context], address="127.0.0.1:0")
    server.start()
    running.callback(server.stop, grace=0)
    return server.port


@cache
def certs() -> Path:
    directory = Path(running.enter_context(TemporaryDirectory()))
    ensure_certificates(directory)
    return directory
