"""An order and what belongs to it, while those who know that are down."""

from __future__ import annotations

import time

import pytest

from tests.durability.mall import Mall
from tests.durability.shopper import ORDERS, Shopper
from tests.e2e.shop import until
from tests.faults.service import Service

pytestmark = pytest.mark.e2e

FETCH_SECONDS = 1.0
BUSY_MACHINE = 1.0


@pytest.mark.parametrize(
    ("name", "missing", "there"), [("users", "user", "products"), ("inventory", "products", "user")]
)
def test_what_cannot_be_fetched_is_null_with_a_warning(mall: Mall, name: str, missing: str, there: str) -> None:
    shopper = Shopper(mall.url, mall.stocked(10), seed=1)
    shopper.place_one()
    (placed,) = shopper.promised.values()
    path = f"{ORDERS}/{placed['id']}?expand=user,products"
    whole = shopper.api.get(path).body
    assert whole[there]
    assert whole[missing]
    with Service(mall.shop, f"{name}-grpc").paused():
        began = time.monotonic()
        answer = shopper.api.get(path)
        assert time.monotonic() - began < FETCH_SECONDS + BUSY_MACHINE
    assert answer.status == 200
    (warning,) = answer.body["warnings"]
    assert warning.startswith(f"{missing}: ")
    assert answer.body == {**whole, missing: None, "warnings": [warning]}
    until(lambda: shopper.api.get(path).body == whole, "everything again", 5)
