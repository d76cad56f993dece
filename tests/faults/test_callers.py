"""Straight at the port where stock is reserved, past the gateway: nobody but orders gets anything done."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest

from contracts.inventory import ReserveStock, StockLine
from contracts.transport.codec import codec_of
from shopflow.certificates import Authority, Pair
from tests.durability.mall import Mall
from tests.e2e.shop import until
from tests.faults.service import Service

pytestmark = pytest.mark.e2e

METHOD = "/shopflow.inventory.v1.InventoryService/ReserveStock"
Credentials = Callable[[Path], grpc.ChannelCredentials]


def of(name: str) -> Credentials:
    return lambda certs: _showing(certs, Pair.read(certs, name))


def nobody(certs: Path) -> grpc.ChannelCredentials:
    return grpc.ssl_channel_credentials((certs / "ca.crt").read_bytes())


def expired(certs: Path) -> grpc.ChannelCredentials:
    """Of orders, from an authority that is believed; it ended a day ago."""
    long_ago = datetime.now(UTC) - timedelta(days=2)
    return _showing(certs, Authority(Pair.read(certs, "ca")).issue("orders", since=long_ago, lasts=timedelta(days=1)))


def forged(certs: Path) -> grpc.ChannelCredentials:
    return _showing(certs, Authority.create().issue("orders"))


def _showing(certs: Path, pair: Pair) -> grpc.ChannelCredentials:
    return grpc.ssl_channel_credentials((certs / "ca.crt").read_bytes(), pair.key, pair.certificate)


@pytest.mark.parametrize(
    ("credentials", "code"),
    [
        (nobody, grpc.StatusCode.UNAVAILABLE),
        (expired, grpc.StatusCode.UNAVAILABLE),
        (forged, grpc.StatusCode.UNAVAILABLE),
        (of("users"), grpc.StatusCode.PERMISSION_DENIED),
        (of("gateway"), grpc.StatusCode.PERMISSION_DENIED),
    ],
    ids=["nobody", "expired", "forged", "users", "gateway"],
)
def test_no_other_caller_reserves_stock(mall: Mall, credentials: Credentials, code: grpc.StatusCode) -> None:
    (product,) = mall.stocked(10)
    with pytest.raises(grpc.RpcError) as refused:
        reserve(mall, credentials, product)
    error: Any = refused.value
    assert error.code() is code
    assert mall.stock([product]) == {product: 10}


def test_orders_does(mall: Mall) -> None:
    (product,) = mall.stocked(10)
    reserve(mall, of("orders"), product)
    assert mall.stock([product]) == {product: 9}


def test_a_caller_that_is_refused_is_named_in_the_log(mall: Mall) -> None:
    before = len(mall.shop.output)
    with pytest.raises(grpc.RpcError):
        reserve(mall, of("users"), 1)
    until(lambda: any(map(names_users, mall.shop.output[before:].splitlines())), "the refusal in the log", 5)


def names_users(line: str) -> bool:
    return line.startswith("inventory-grpc ") and "/reserve_stock refused: users may not call it" in line


def reserve(mall: Mall, credentials: Credentials, product: int) -> None:
    certs, port = mall.state / "certs", Service(mall.shop, "inventory-grpc").port
    request = ReserveStock(reservation_id=str(uuid.uuid4()), lines=(StockLine(product_id=product, quantity=1),))
    options = [("grpc.ssl_target_name_override", "inventory")]
    with grpc.secure_channel(f"127.0.0.1:{port}", credentials(certs), options) as channel:
        method: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(METHOD)
        method(codec_of(ReserveStock).encode(request), timeout=10)
