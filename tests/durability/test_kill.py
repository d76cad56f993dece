"""`kill -9` under load, again and again: no promise is broken, nothing is sold twice, every invariant holds.

SHOPFLOW_KILL_ROUNDS=20, or `python -m tests.durability 20`, for more rounds.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest

from tests import modes
from tests.durability.mall import Mall
from tests.durability.shopper import Shopper, keeps_every_promise, sold

pytestmark = pytest.mark.e2e

ROUNDS = int(os.environ.get("SHOPFLOW_KILL_ROUNDS", "2"))
SHOPPERS = 6
STOCK = 1_000_000


@pytest.fixture(params=modes.BOTH)
def mall(request: pytest.FixtureRequest, tmp_path: Path, prepared_state: Callable[[], Path]) -> Iterator[Mall]:
    mall = Mall(request.param, tmp_path / "state", prepared=prepared_state())
    yield mall
    mall.close()


def test_nothing_is_lost_and_nothing_is_doubled(mall: Mall) -> None:
    chance = random.Random(ROUNDS)
    products = mall.stocked(*[STOCK] * 4)
    shoppers = [Shopper(mall.url, products, seed) for seed in range(SHOPPERS)]
    for number in range(ROUNDS):
        under_load(shoppers, partial(mall.kill, postgres_too=number % 2 == 1), chance.uniform(0.2, 2.0))
        mall.open()
        for shopper in shoppers:
            shopper.ask_again()
            keeps_every_promise(shopper)
    mall.drain()
    assert mall.stock(products) == {product: STOCK - sold(shoppers)[product] for product in products}
    mall.verify()
    assert sum(len(shopper.promised) for shopper in shoppers) > 10 * ROUNDS


def under_load(shoppers: Sequence[Shopper], kill: Callable[[], None], seconds: float) -> None:
    stop = threading.Event()
    threads = [threading.Thread(target=shopper.shop, args=(stop,)) for shopper in shoppers]
    for thread in threads:
        thread.start()
    stop.wait(seconds)  # nobody sets it: this is how long the load goes on
    kill()
    stop.set()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
