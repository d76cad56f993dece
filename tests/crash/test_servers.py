"""What the shop stands on goes away under load: orders go on where they can, and nothing is lost or doubled.

SHOPFLOW_REDIS_SECONDS=60 for a Redis that is away for a minute.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
import redis

from shopflow.local_run.split.redis_server import redis_url
from tests import modes
from tests.chaos.customer import Customer
from tests.chaos.killing import kill_postgres
from tests.chaos.promises import doubled, lost
from tests.chaos.run import settle, shopping
from tests.crash.judging import misapplied
from tests.crash.world import World
from tests.durability.mall import CONTEXTS
from tests.faults.service import Service

pytestmark = pytest.mark.e2e

AWAY_SECONDS = float(os.environ.get("SHOPFLOW_REDIS_SECONDS", "4"))
BEFORE_SECONDS = 1.0
UNDELIVERED = "SELECT count(*) AS many FROM messaging_outboxevent WHERE delivered_at IS NULL"


@pytest.fixture
def customers(world: World) -> list[Customer]:
    world.is_well()
    products = world.mall.stocked(*[1_000_000] * 3)
    return [Customer(world.mall.url, products, seed) for seed in range(4)]


@pytest.mark.parametrize("data", ["kept", "lost"])
@pytest.mark.parametrize("world", [modes.SPLIT], indirect=True)
def test_without_redis_orders_go_on_and_their_events_arrive_when_it_is_back(
    world: World, customers: list[Customer], data: str
) -> None:
    with shopping(customers):
        goes_on(BEFORE_SECONDS)
        with redis_away(world, loses_data=data == "lost"):
            before = told(customers)
            goes_on(AWAY_SECONDS)
            meanwhile = told(customers) - before
            assert waiting(world) > 0
    placed = sum(many for what, many in meanwhile.items() if what.startswith("place: 20"))
    assert placed > 2 * AWAY_SECONDS, meanwhile
    assert [what for what in meanwhile if what.endswith(("no answer", "500", "502", "503", "504"))] == [], meanwhile
    ends_well(world, customers)


def test_postgresql_ends_at_once_and_is_back(world: World, customers: list[Customer]) -> None:
    with shopping(customers):
        goes_on(BEFORE_SECONDS)
        kill_postgres(world)
        goes_on(BEFORE_SECONDS)
    ends_well(world, customers)


def ends_well(world: World, customers: Sequence[Customer]) -> None:
    settle(world, customers)
    assert lost(world.books, [deal for customer in customers for deal in customer.deals]) == []
    assert doubled(world.books) == []
    assert misapplied(world.books) == []
    world.mall.verify()


@contextmanager
def redis_away(world: World, *, loses_data: bool) -> Iterator[None]:
    """Killed, and without the folder in which it starts: the supervisor tries in vain."""
    data = world.mall.state / "redis"
    aside = data.rename(data.with_name("redis-away"))
    server = Service(world.mall.shop, "redis")
    server._process().kill()
    try:
        world.until(lambda: not answers(world), lambda: "Redis gone")
        yield
        assert not answers(world), "Redis was there all the time"
    finally:
        if loses_data:
            shutil.rmtree(aside)
            data.mkdir(mode=0o700)
        else:
            aside.rename(data)
    world.until(lambda: answers(world), lambda: "Redis back")


def answers(world: World) -> bool:
    try:
        with redis.Redis.from_url(redis_url(world.mall.state / "redis")) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def told(customers: Sequence[Customer]) -> Counter[str]:
    return sum((Counter(customer.told) for customer in customers), Counter())


def waiting(world: World) -> int:
    """Events that are not delivered."""
    return sum(world.books.rows(context, UNDELIVERED)[0]["many"] for context in CONTEXTS)


def goes_on(seconds: float) -> None:
    threading.Event().wait(seconds)  # nothing is waited for: so long the load lasts
