"""Who may reserve stock over gRPC: orders, and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest

from contracts.errors import ContractError, Internal, PeerUnavailable
from contracts.inventory import GetProducts, InventoryService
from inventory.services import create_product
from shopflow.certificates import Authority, Pair
from shopflow.tests.grpc_inventory import (
    RESERVE,
    SERVICE,
    calling,
    channel_of,
    channel_with,
    reserving,
    serving,
    stock_of,
)

pytestmark = pytest.mark.django_db(databases=["inventory"], transaction=True)


@pytest.fixture
def lamp() -> int:
    return create_product(name="Lamp", price=2550, stock=10)


def refusal(shop: InventoryService, lamp: int) -> ContractError:
    with pytest.raises(ContractError) as caught:
        shop.reserve_stock(reserving(lamp))
    return caught.value


def nothing(certs: Path) -> grpc.ChannelCredentials:
    return grpc.ssl_channel_credentials((certs / "ca.crt").read_bytes())


def expired(certs: Path) -> grpc.ChannelCredentials:
    since = datetime.now(UTC) - timedelta(days=2)
    return presenting(certs, Authority(Pair.read(certs, "ca")).issue("orders", since=since, lasts=timedelta(days=1)))


def of_another_authority(certs: Path) -> grpc.ChannelCredentials:
    return presenting(certs, Authority.create().issue("orders"))


def presenting(certs: Path, pair: Pair) -> grpc.ChannelCredentials:
    return grpc.ssl_channel_credentials((certs / "ca.crt").read_bytes(), pair.key, pair.certificate)


def test_orders_may(service_certs: Path, lamp: int) -> None:
    with serving(service_certs) as port, calling(channel_of("orders", service_certs, port)) as shop:
        assert shop.reserve_stock(reserving(lamp, 3)).lines[0].quantity == 3
    assert stock_of(lamp) == 7


@pytest.mark.parametrize("show", [nothing, expired, of_another_authority], ids=lambda show: show.__name__)
def test_without_a_good_certificate_nobody_gets_in(
    service_certs: Path, lamp: int, show: Callable[[Path], grpc.ChannelCredentials]
) -> None:
    with serving(service_certs) as port, calling(channel_with(show(service_certs), port)) as shop:
        assert refusal(shop, lamp) == PeerUnavailable(peer=SERVICE)
    assert stock_of(lamp) == 10


def test_without_tls_nobody_gets_in(service_certs: Path, lamp: int) -> None:
    with serving(service_certs) as port, calling(channel_of("orders", service_certs, port, plaintext=True)) as shop:
        assert refusal(shop, lamp) == PeerUnavailable(peer=SERVICE)
    assert stock_of(lamp) == 10


@pytest.mark.parametrize("service", ["users", "payments", "inventory", "gateway"])
def test_the_others_are_refused_and_named_in_the_log(
    service_certs: Path, lamp: int, service: str, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(service_certs) as port, channel_of(service, service_certs, port) as channel:
        stub: Any = channel.unary_unary(f"/{SERVICE}/ReserveStock")
        with pytest.raises(grpc.RpcError) as caught:
            stub(b"", timeout=10)
        error: Any = caught.value
        assert (error.code(), error.details()) == (
            grpc.StatusCode.PERMISSION_DENIED,
            "This service may not call this method.",
        )
        [line] = [record for record in caplog.records if record.name == "shopflow.contracts"]
        assert (line.levelname, line.getMessage()) == ("WARNING", f"{RESERVE} refused: {service} may not call it")
        with calling(channel) as shop:
            assert refusal(shop, lamp) == Internal(method=RESERVE)
    assert stock_of(lamp) == 10


def test_a_certificate_with_the_names_of_two_services_is_nobody_s(
    service_certs: Path, lamp: int, caplog: pytest.LogCaptureFixture
) -> None:
    both = Authority(Pair.read(service_certs, "ca")).issue("users", hosts=["orders"])
    with serving(service_certs) as port, calling(channel_with(presenting(service_certs, both), port)) as shop:
        assert refusal(shop, lamp) == Internal(method=RESERVE)
    assert f"{RESERVE} refused: an unnamed caller may not call it" in caplog.text
    assert stock_of(lamp) == 10


def test_the_gateway_may_look_at_what_is_on_sale(service_certs: Path, lamp: int) -> None:
    with serving(service_certs) as port, calling(channel_of("gateway", service_certs, port)) as shop:
        [product] = shop.get_products_on_sale(GetProducts(product_ids=(lamp,))).products
        with pytest.raises(Internal):
            shop.get_products(GetProducts(product_ids=(lamp,)))
    assert (product.product_id, product.stock) == (lamp, 10)


def test_in_plain_text_whoever_gets_there_may(service_certs: Path, lamp: int) -> None:
    """A mesh sees to who does."""
    with (
        serving(service_certs, plaintext=True) as port,
        calling(channel_of("users", service_certs, port, plaintext=True)) as shop,
    ):
        shop.reserve_stock(reserving(lamp))
    assert stock_of(lamp) == 9
