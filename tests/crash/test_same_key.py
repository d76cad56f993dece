"""Fifty at once with one key, and a provider that takes the money and does not answer: one order, one charge."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.api.client import Answer
from tests.crash.judging import judge
from tests.crash.purchase import Purchase
from tests.crash.scenarios import placed
from tests.crash.world import World

pytestmark = pytest.mark.e2e

CLIENTS = 50
HONEST = {201, 202, 409}
"""Placed, not known yet, or in progress by another."""


def test_one_order_and_one_charge(world: World) -> None:
    world.is_well()
    purchase, start = Purchase(world, "pm_timeout"), Barrier(CLIENTS)

    def ask(_: int) -> Answer | None:
        start.wait()
        return purchase.place()

    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(ask, range(CLIENTS)))
    assert {answer and answer.status for answer in answers} <= HONEST, answers
    ids = {answer.body["id"] for answer in answers if answer and answer.status < 300}
    placed(purchase)
    assert ids <= {purchase.order_id}
    counted = "SELECT count(*) FROM orders_order WHERE idempotency_key = %(key)s"
    assert world.books.rows("orders", counted, key=purchase.key) == [{"count": 1}]
    captures = [entry for entry in world.books.entries(purchase.order["id"]) if entry["kind"] == "capture"]
    assert len(captures) == 1
    assert judge(purchase, "confirmed") == []
