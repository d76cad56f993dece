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
    clients: dict[str, Any] = {
        context: grpc_client(contract, peer_of(context), hooks=hooks()) for context, (contract, _) in CONTRACTS.items()
    }
    with ExitStack() as stack:
        for context in CONTRACTS:  # no thread of a service keeps a connection: the databases of a test are dropped
            stack.enter_context(patch.dict(connections.settings[context], CONN_MAX_AGE=0))
        stack.enter_context(using(Ports(**clients)))
        yield ports()


@cache
def peer_of(context: str) -> Peer:
    contract, _ = CONTRACTS[context]
    with override_settings(CERTS=certs(), GRPC_PLAINTEXT=False, SERVICE=context):
        server = Server([context], address="127.0.0.1:0")
    server.start()
    running.callback(server.stop, grace=0)
    peer = Peer(context, lambda: open_channel(context, f"127.0.0.1:{server.port}"))
    with override_settings(CERTS=certs(), GRPC_PLAINTEXT=False, SERVICE=allowed_caller(contract)):
        peer.channel()
    running.callback(peer.close)
    return peer


def allowed_caller(contract: type[Contract]) -> str:
    """The one service that may call every method of it."""
    (name,) = frozenset.intersection(*(method.callers for method in contract.methods.values()))
    return name


@cache
def certs() -> Path:
    directory = Path(running.enter_context(TemporaryDirectory()))
    ensure_certificates(directory)
    return directory
