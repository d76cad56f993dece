"""No kind of call takes the threads of another: not calls those of health, nor streams of reflection those of calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import grpc
import pytest
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest
from grpc_reflection.v1alpha.reflection_pb2_grpc import ServerReflectionStub

from contracts.errors import ContractError, PeerUnavailable
from contracts.inventory import GetProducts
from inventory.services import create_product
from shopflow.grpc.lanes import Lane
from shopflow.grpc.server import REFLECTIONS, WAITING
from shopflow.tests.grpc_inventory import SERVICE, calling, channel_of, reserving, serving, stock_of
from shopflow.tests.test_grpc_deadlines import locked, waiting
from shopflow.tests.test_grpc_server import health_of
from tests.e2e.shop import until

pytestmark = pytest.mark.django_db(databases=["inventory"], transaction=True)
FULL = 1 + WAITING


@pytest.fixture
def lamp() -> int:
    return create_product(name="Lamp", price=2550, stock=100)


def test_while_every_thread_and_every_place_before_them_is_taken_it_says_that_it_is_well(
    service_certs: Path, lamp: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    lanes: list[Lane] = []
    monkeypatch.setattr("shopflow.grpc.server.Lane", lambda *words, **names: kept(lanes, Lane(*words, **names)))
    with (
        serving(service_certs, threads=1) as port,
        channel_of("orders", service_certs, port) as channel,
        calling(channel_of("orders", service_certs, port)) as shop,
        ThreadPoolExecutor(FULL) as pool,
    ):
        with locked(lamp):
            calls = [pool.submit(shop.reserve_stock, reserving(lamp)) for _ in range(FULL)]
            until(lambda: lanes[0].full and waiting() == 1, "all places should be taken", seconds=10)
            assert [health_of(channel, SERVICE) for _ in range(10)] == [HealthCheckResponse.SERVING] * 10
            assert next(watching(channel)).status == HealthCheckResponse.SERVING
            with pytest.raises(ContractError) as turned_away:
                shop.get_products(GetProducts(product_ids=(lamp,)))
            assert turned_away.value == PeerUnavailable(peer=SERVICE)
        assert len([call.result(20) for call in calls]) == FULL
    assert stock_of(lamp) == 100 - FULL


def watching(channel: grpc.Channel) -> Any:
    stub: Any = HealthStub(channel)
    return stub.Watch(HealthCheckRequest(service=SERVICE), timeout=10)


def test_the_public_is_turned_away_where_half_of_the_places_are_taken_and_the_shop_is_not(
    service_certs: Path, lamp: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    lanes: list[Lane] = []
    monkeypatch.setattr("shopflow.grpc.server.Lane", lambda *words, **names: kept(lanes, Lane(*words, **names)))
    with (
        serving(service_certs, threads=1) as port,
        calling(channel_of("gateway", service_certs, port)) as public,
        calling(channel_of("orders", service_certs, port)) as shop,
        ThreadPoolExecutor(FULL) as pool,
    ):
        with locked(lamp):
            calls = [pool.submit(shop.reserve_stock, reserving(lamp)) for _ in range(FULL // 2)]
            until(lambda: lanes[0].half_full and waiting() == 1, "half of the places should be taken", seconds=10)
            with pytest.raises(ContractError) as turned_away:
                public.get_products_on_sale(GetProducts(product_ids=(lamp,)))
            assert turned_away.value == PeerUnavailable(peer=SERVICE)
            calls += [pool.submit(shop.reserve_stock, reserving(lamp)) for _ in range(FULL - FULL // 2)]
            until(lambda: lanes[0].full, "the shop's own calls should get the other half", seconds=10)
        assert len([call.result(20) for call in calls]) == FULL
    assert stock_of(lamp) == 100 - FULL


def kept(lanes: list[Lane], lane: Lane) -> Lane:
    lanes.append(lane)
    return lane


@contextmanager
def reflection_streams(channel: grpc.Channel, count: int) -> Iterator[list[Any]]:
    """Streams that stay open, each after one answer or its refusal."""
    stub: Any = ServerReflectionStub(channel)
    questions: list[SimpleQueue[Any]] = [SimpleQueue() for _ in range(count)]
    for each in questions:
        each.put(ServerReflectionRequest(list_services=""))
    streams = [stub.ServerReflectionInfo(iter(each.get, None), timeout=30) for each in questions]
    yield [answer_of(stream) for stream in streams]
    for each in questions:
        each.put(None)


def answer_of(stream: Any) -> Any:
    try:
        return next(stream).WhichOneof("message_response")
    except grpc.RpcError as error:
        return error.code()


def test_streams_of_reflection_are_few_and_hold_up_no_call(service_certs: Path, lamp: int) -> None:
    with (
        serving(service_certs, threads=1) as port,
        channel_of("payments", service_certs, port) as curious,
        calling(channel_of("orders", service_certs, port)) as shop,
    ):
        with reflection_streams(curious, 8) as answers:
            assert Counter(answers) == {
                "list_services_response": REFLECTIONS,
                grpc.StatusCode.RESOURCE_EXHAUSTED: 8 - REFLECTIONS,
            }
            assert shop.reserve_stock(reserving(lamp)).lines[0].quantity == 1
        until(lambda: reflects(curious), "those that ended should leave their places", seconds=10)


def reflects(channel: grpc.Channel) -> bool:
    with reflection_streams(channel, 1) as [answer]:
        return bool(answer == "list_services_response")
