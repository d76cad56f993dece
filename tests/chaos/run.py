"""Load, and somebody who kills at random; then nothing is lost and nothing is doubled."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from tests.chaos.customer import Customer
from tests.chaos.killing import kinds
from tests.chaos.promises import doubled, lost
from tests.crash.world import World

CUSTOMERS: Final = 8
PRODUCTS: Final = 6
STOCK: Final = 10_000_000
PAUSES: Final = (0.2, 3.0)
"""Seconds between one's return and the next death, between these."""
LEAVES_WITHIN: Final = 120.0
UNSETTLED: Final = {
    "orders": """
        SELECT id FROM orders_order WHERE status = 'pending'
        UNION ALL
        SELECT order_id FROM orders_refund WHERE state = 'requested'
    """,
    "payments": """
        SELECT order_id FROM payments_paymentintent
        WHERE status IN ('created', 'authorised', 'requires_action')
           OR (cancel_requested_at IS NOT NULL AND status NOT IN ('failed', 'voided', 'refunded'))
    """,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    mode: str
    seed: int
    seconds: float
    kills: Counter[str]
    orders: int
    told: Counter[str]
    lost: list[str]
    doubled: list[str]

    def __str__(self) -> str:
        return "\n".join(
            [
                f"{self.mode}, seed {self.seed}: {self.orders:,} orders in {self.seconds:.0f} s",
                f"kills    {self.kills.total():>7,}  {_listed(self.kills)}",
                f"answers  {self.told.total():>7,}  {_listed(self.told)}",
                *(f"{name:<8} {len(found):>7,}  {'; '.join(found[:5])}".rstrip() for name, found in self._wrong()),
            ]
        )

    def _wrong(self) -> Iterator[tuple[str, list[str]]]:
        yield "lost", self.lost
        yield "doubled", self.doubled


def run(*, mode: str, seconds: float, seed: int, state: Path, prepared: Path | None = None) -> Figures:
    world = World(mode, state, prepared=prepared, SHOPFLOW_PAYMENT_ACTION_SECONDS="10")
    try:
        products = world.mall.stocked(*[STOCK] * PRODUCTS)
        customers = [Customer(world.mall.url, products, seed + number) for number in range(CUSTOMERS)]
        with shopping(customers):
            kills = kill_at_random(world, seconds, random.Random(seed))
        settle(world, customers)
        world.mall.verify()
        deals = [deal for customer in customers for deal in customer.deals]
        return Figures(
            mode=mode,
            seed=seed,
            seconds=seconds,
            kills=kills,
            orders=world.books.rows("orders", "SELECT count(*) AS many FROM orders_order")[0]["many"],
            told=sum((customer.told for customer in customers), Counter()),
            lost=lost(world.books, deals),
            doubled=doubled(world.books),
        )
    finally:
        world.close()


@contextmanager
def shopping(customers: Sequence[Customer]) -> Iterator[None]:
    stop = threading.Event()
    threads = [threading.Thread(target=customer.shop, args=[stop]) for customer in customers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(LEAVES_WITHIN)
            assert not thread.is_alive(), "a customer who never leaves"


def kill_at_random(world: World, seconds: float, chance: random.Random) -> Counter[str]:
    kills: Counter[str] = Counter()
    ways, end = kinds(world), time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        threading.Event().wait(min(left, chance.uniform(*PAUSES)))  # nothing is waited for: so long it is left alone
        kind = chance.choice(sorted(ways))
        chance.choice(ways[kind])()
        kills[kind] += 1
    return kills


def settle(world: World, customers: Sequence[Customer]) -> None:
    """Everybody has an answer to everything, and nothing is under way any more."""
    world.is_well()
    for customer in customers:
        world.until(customer.insists, partial(unanswered, customer))
    world.until(lambda: not _unsettled(world), lambda: _unsettled(world))
    world.mall.drain()


def unanswered(customer: Customer) -> str:
    return f"no answer to {[what for what, _ in customer.open_questions]}; {customer.told}"


def _unsettled(world: World) -> list[str]:
    return [
        f"{context}: order {number}"
        for context, statement in UNSETTLED.items()
        for row in world.books.rows(context, statement)
        for number in row.values()
    ]


def _listed(counted: Counter[str]) -> str:
    return ", ".join(f"{what} {many:,}" for what, many in sorted(counted.items()))
