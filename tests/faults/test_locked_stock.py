"""A database that does not let go of a row: who waits for it is told in time, and asks again to no harm."""

from __future__ import annotations

import time
import uuid

import pytest

from tests.durability.mall import Mall
from tests.durability.shopper import ORDERS, Shopper

pytestmark = pytest.mark.e2e

CALL_SECONDS = 2.0
"""What reserving stock may take."""
BUSY_MACHINE = 1.0


def test_an_order_for_a_locked_product_is_told_in_time_and_is_placed_once_in_the_end(mall: Mall) -> None:
    (locked, free) = mall.stocked(10, 10)
    shopper = Shopper(mall.url, [free], seed=1)
    key = {"Idempotency_Key": str(uuid.uuid4())}
    body = {"product_id": locked, "quantity": 3}
    with mall.connect("inventory") as connection:
        connection.execute("SELECT 1 FROM inventory_product WHERE id = %s FOR UPDATE", [locked])
        began = time.monotonic()
        answer = shopper.api.post(ORDERS, body, **key)
        assert (answer.status, answer.code) == (503, "outcome_unknown")
        assert answer.headers["content-type"] == "application/problem+json"
        assert time.monotonic() - began < CALL_SECONDS + BUSY_MACHINE
        shopper.place_one()
        assert len(shopper.promised) == 1
    answers = [shopper.api.post(ORDERS, body, **key) for _ in range(2)]
    assert [answer.status for answer in answers] == [201, 201]
    assert answers[0].body == answers[1].body
    assert mall.stock([locked]) == {locked: 7}
    mall.drain()
    mall.verify()
