"""Several instances of one service, found by name: 127.0.0.1 and ::1 are the two of `localhost`."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import grpc
import pytest
from django.test import override_settings

from contracts.errors import PeerUnavailable
from contracts.tests.grpc_shop import PRODUCTS, SOLD, Holding, Keeper, Shop, call, calling, meanwhile, serving
from shopflow.grpc.channels import open_channel
from tests.e2e.shop import until

HERE, THERE = "127.0.0.1", "[::1]"


def ipv6_loopback() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


pytestmark = pytest.mark.skipif(not ipv6_loopback(), reason="this machine has no IPv6 loopback, the second address")


class Instances:
    """Up to two, on one port."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._running: dict[str, ExitStack] = {}

    def start(self, host: str, keeper: Keeper) -> None:
        self._running[host] = ExitStack()
        self._running[host].enter_context(serving(keeper, address=f"{host}:{self.port}"))

    def both(self, here: Keeper | None = None) -> tuple[Any, Keeper]:
        keepers = here or Keeper(), Keeper()
        for host, keeper in zip((HERE, THERE), keepers, strict=True):
            self.start(host, keeper)
        return keepers

    def kill(self, host: str) -> None:
        self._running.pop(host).close()

    def kill_all(self) -> None:
        for host in list(self._running):
            self.kill(host)


@pytest.fixture
def instances(unused_port: int) -> Iterator[Instances]:
    instances = Instances(unused_port)
    yield instances
    instances.kill_all()


@pytest.fixture
def channel(unused_port: int) -> grpc.Channel:
    with override_settings(GRPC_PLAINTEXT=True):
        return open_channel("inventory", f"localhost:{unused_port}")


@pytest.fixture
def unused_port() -> Iterator[int]:
    """Free at both addresses."""
    with socket.socket() as kept, socket.socket(socket.AF_INET6) as other:
        for each in (kept, other):
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        kept.bind(("127.0.0.1", 0))
        other.bind(("::1", kept.getsockname()[1]))
        yield int(kept.getsockname()[1])


def until_called(keeper: Keeper, shop: Shop) -> None:
    """Calls until one arrives there; none may fail."""
    before = len(keeper.asked)

    def arrived() -> bool:
        assert call(shop, "look") == PRODUCTS
        return len(keeper.asked) > before

    until(arrived, "a call should arrive at this instance", seconds=10)


def test_calls_go_to_each_in_turn(instances: Instances, channel: grpc.Channel) -> None:
    one, other = instances.both()
    with calling(channel) as shop:
        until_called(one, shop)
        until_called(other, shop)
        before = len(one.asked), len(other.asked)
        for _ in range(20):
            assert call(shop, "sell") == SOLD
        assert (len(one.asked) - before[0], len(other.asked) - before[1]) == (10, 10)


@pytest.mark.parametrize("name", ["look", "reserve"])
def test_a_call_that_one_loses_is_answered_by_the_other(instances: Instances, channel: grpc.Channel, name: str) -> None:
    holding, other = instances.both(Holding())
    with calling(channel) as shop, meanwhile(lambda: [call(shop, name) for _ in range(10)]) as answers:
        assert holding.inside.wait(10)
        instances.kill(HERE)
        assert answers.result(10) == [PRODUCTS if name == "look" else SOLD] * 10
    assert (len(holding.asked), len(other.asked)) == (1, 10)


def test_where_one_is_killed_calls_go_on_and_once_it_is_back_it_gets_its_share(
    instances: Instances, channel: grpc.Channel
) -> None:
    one, other = instances.both()
    with calling(channel) as shop:
        until_called(one, shop)
        until_called(other, shop)
        instances.kill(HERE)
        for _ in range(20):
            assert call(shop, "look") == PRODUCTS
        instances.start(HERE, one)
        until_called(one, shop)
        until_called(other, shop)


def test_where_all_were_killed_the_first_that_is_back_is_found(instances: Instances, channel: grpc.Channel) -> None:
    one = Keeper()
    instances.start(THERE, one)
    with calling(channel) as shop:
        until_called(one, shop)
        instances.kill(THERE)
        until(lambda: fails(shop), "nobody is left")
        instances.start(THERE, one)
        until(lambda: not fails(shop), "it is back", seconds=10)


def fails(shop: Shop) -> bool:
    try:
        call(shop, "look")
    except PeerUnavailable:
        return True
    return False
