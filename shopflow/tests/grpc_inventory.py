"""The inventory as a gRPC service over TLS, in this process, and callers of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest.mock import patch

import grpc
from django.db import connections
from django.test import override_settings

from contracts.inventory import InventoryService, ReserveStock, StockLine
from contracts.transport.grpc_client import grpc_client
from contracts.transport.hooks import Hooks
from contracts.transport.peer import Peer
from inventory.models import Product
from shopflow.grpc.channels import OPTIONS, open_channel
from shopflow.grpc.server import Server

SERVICE = "shopflow.inventory.v1.InventoryService"
RESERVE = f"{SERVICE}/reserve_stock"


@contextmanager
def serving(certs: Path, *, threads: int = 4, plaintext: bool = False) -> Iterator[int]:
    """Its port. No thread keeps its connection after a call: the databases of a test are dropped."""
    with ExitStack() as stack:
        stack.enter_context(patch.dict(connections.settings["inventory"], CONN_MAX_AGE=0))
        with override_settings(CERTS=certs, SERVICE="inventory", GRPC_THREADS=threads, GRPC_PLAINTEXT=plaintext):
            server = Server(["inventory"], address="127.0.0.1:0")
        server.start()
        stack.callback(server.stop, grace=0)
        yield server.port


def channel_of(service: str, certs: Path, port: int, *, plaintext: bool = False) -> grpc.Channel:
    with override_settings(CERTS=certs, SERVICE=service, GRPC_PLAINTEXT=plaintext):
        return open_channel("inventory", f"127.0.0.1:{port}")


def channel_with(credentials: grpc.ChannelCredentials, port: int) -> grpc.Channel:
    """Of somebody who takes no notice of our settings."""
    options = [*OPTIONS, ("grpc.ssl_target_name_override", "inventory")]
    return grpc.secure_channel(f"127.0.0.1:{port}", credentials, options)


@contextmanager
def calling(channel: grpc.Channel) -> Iterator[InventoryService]:
    peer = Peer("inventory", lambda: channel)
    try:
        yield grpc_client(InventoryService, peer, hooks=Hooks())
    finally:
        peer.close()
        channel.close()


def reserving(product_id: int, quantity: int = 1) -> ReserveStock:
    line = StockLine(product_id=product_id, quantity=quantity)
    return ReserveStock(reservation_id=str(uuid.uuid4()), lines=(line,))


def stock_of(product_id: int) -> int:
    return Product.objects.get(id=product_id).stock
