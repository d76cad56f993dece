"""One split for all the faults: what dies is its supervisor's business."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import modes
from tests.durability.mall import Mall
from tests.durability.shopper import Shopper, keeps_every_promise, sold

REQUEST_SECONDS = 4
"""What a service allows itself; the gateway outwaits it by two seconds. Less than usual, so that a test can see it."""
STOCK = 1_000_000


@pytest.fixture(scope="package")
def mall(tmp_path_factory: pytest.TempPathFactory, prepared_state: Callable[[], Path]) -> Iterator[Mall]:
    """When all of it is through, its books are right."""
    state = tmp_path_factory.mktemp("faults") / "state"
    mall = Mall(modes.SPLIT, state, prepared=prepared_state(), SHOPFLOW_REQUEST_SECONDS=str(REQUEST_SECONDS))
    try:
        yield mall
        mall.drain()
        mall.verify()
    finally:
        mall.close()


class Trade:
    """Some customers, and products of which there is enough."""

    def __init__(self, mall: Mall, customers: int) -> None:
        self._mall = mall
        self.products = mall.stocked(*[STOCK] * 3)
        self.shoppers = [Shopper(mall.url, self.products, seed) for seed in range(customers)]

    def settles(self) -> None:
        """Everybody gets an answer in the end; then nothing is lost or doubled."""
        for shopper in self.shoppers:
            shopper.ask_again()
            keeps_every_promise(shopper)
        self._mall.drain()
        left = {product: STOCK - sold(self.shoppers)[product] for product in self.products}
        assert self._mall.stock(self.products) == left


NewTrade = Callable[[int], Trade]


@pytest.fixture
def new_trade(mall: Mall) -> NewTrade:
    return lambda customers: Trade(mall, customers)
