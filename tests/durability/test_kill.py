"""`kill -9` under load, again and again: no promise is broken, nothing is sold twice, every invariant holds.

SHOPFLOW_KILL_ROUNDS=20, or `python -m tests.durability 20`, for more rounds.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from shopflow.postgres import database_url
from tests.api.client import Client
from tests.api.conftest import STAFF, UNTHROTTLED, log_in
from tests.durability.shopper import Shopper
from tests.e2e.shop import ROOT, Shop, free_port, until

pytestmark = pytest.mark.e2e

ROUNDS = int(os.environ.get("SHOPFLOW_KILL_ROUNDS", "3"))
SHOPPERS = 6
STOCK = 1_000_000
DRAINED_WITHIN = 60.0
"""An event that a dead relay had taken comes back after its lease, which is 15 seconds."""


class Mall:
    """One shop after the other on the same state, port and data."""

    def __init__(self, state: Path) -> None:
        self.state, self.port = state, free_port()
        self.shop = self.open()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open(self) -> Shop:
        staff = {f"SHOPFLOW_ADMIN_{name.upper()}": value for name, value in STAFF.items()}
        environment: dict[str, Any] = {**staff, **UNTHROTTLED}
        self.shop = Shop(self.state, port=self.port, **environment).ready()
        return self.shop

    def kill(self, *, postgres_too: bool) -> None:
        if postgres_too:
            for process in self.shop.processes():
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            self.shop.ended()
        else:
            self.shop.kill_group()

    def undelivered(self) -> int:
        return sum(self._count(context) for context in ("users", "inventory", "orders", "payments"))

    def _count(self, context: str) -> int:
        with psycopg.connect(database_url(self.state / "postgres", f"shopflow_{context}")) as connection:
            row = connection.execute("SELECT count(*) FROM messaging_outboxevent WHERE delivered_at IS NULL").fetchone()
        assert row is not None
        return int(row[0])

    def verify(self) -> subprocess.CompletedProcess[str]:
        settings = {"SHOPFLOW_STATE": str(self.state), "DJANGO_SETTINGS_MODULE": "shopflow.settings.local"}
        command = [sys.executable, "manage.py", "verify_shop"]
        return subprocess.run(
            command, cwd=ROOT, env={**os.environ, **settings}, capture_output=True, text=True, check=False
        )


@pytest.fixture
def mall(tmp_path: Path) -> Iterator[Mall]:
    mall = Mall(tmp_path / "state")
    yield mall
    if mall.shop.process.poll() is None:
        mall.shop.stop()
    mall.shop.leaves_nothing()


def test_nothing_is_lost_and_nothing_is_doubled(mall: Mall) -> None:
    chance = random.Random(ROUNDS)
    products = stocked(mall.url)
    shoppers = [Shopper(mall.url, products, seed) for seed in range(SHOPPERS)]
    for number in range(ROUNDS):
        under_load(shoppers, lambda number=number: mall.kill(postgres_too=number % 3 == 2), chance.uniform(0.2, 2.0))
        mall.open()
        for shopper in shoppers:
            shopper.ask_again()
            keeps_every_promise(shopper)
    until(lambda: mall.undelivered() == 0, "every event should be delivered", DRAINED_WITHIN)
    assert stock(mall.url, products) == {product: STOCK - sold(shoppers)[product] for product in products}
    verified = mall.verify()
    assert (verified.returncode, verified.stdout.count("BROKEN")) == (0, 0), verified.stdout + verified.stderr
    assert sum(len(shopper.promised) for shopper in shoppers) > 10 * ROUNDS


def stocked(url: str) -> list[int]:
    staff = Client(url).bearing(log_in(Client(url), **STAFF)["access_token"])
    made = [staff.post("/api/v1/products", {"name": f"Lamp {n}", "price": 9.99, "stock": STOCK}) for n in range(4)]
    return [answer.body["id"] for answer in made]


def under_load(shoppers: Sequence[Shopper], kill: Any, seconds: float) -> None:
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


def keeps_every_promise(shopper: Shopper) -> None:
    """There is one order for each key: as it was promised, or cancelled where that was asked for."""
    orders = {order["id"]: order for order in shopper.orders()}
    promised = {order["id"]: order for order in shopper.promised.values()}
    assert len(promised) == len(shopper.wishes)
    assert orders.keys() == promised.keys()
    for id, order in orders.items():
        status = "cancelled" if id in shopper.cancelled else "confirmed"
        assert order == {**promised[id], "status": status, "updated_at": order["updated_at"]}


def sold(shoppers: Sequence[Shopper]) -> Counter[int]:
    counted: Counter[int] = Counter()
    for shopper in shoppers:
        for order in shopper.promised.values():
            if order["id"] not in shopper.cancelled:
                counted.update({line["product_id"]: line["quantity"] for line in order["items"]})
    return counted


def stock(url: str, products: Sequence[int]) -> dict[int, int]:
    return {product: Client(url).get(f"/api/v1/products/{product}").body["stock"] for product in products}
