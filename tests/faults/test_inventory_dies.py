"""`kill -9` of the process that reserves stock, while orders keep coming: 200 a second, or as many as can be.

SHOPFLOW_FAULT_RATE=100 for another rate.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter

import pytest

from tests.durability.mall import Mall
from tests.durability.shopper import Shopper, keeps_every_promise, sold
from tests.faults.crowd import Crowd, place
from tests.faults.service import Service

pytestmark = pytest.mark.e2e

RATE = float(os.environ.get("SHOPFLOW_FAULT_RATE", "200"))
BEFORE, AFTER = 2.0, 2.0
"""Seconds of load before the death, and after the return."""
SCARCE, PLENTY = 150, 1_000_000
LONGEST = 7.0
NORMAL_WITHIN = 5.0


def test_inventory_dies_while_orders_keep_coming(mall: Mall) -> None:
    stocks = dict(zip(mall.stocked(SCARCE, PLENTY, PLENTY), (SCARCE, PLENTY, PLENTY), strict=True))
    scarce, *plenty = stocks
    shoppers = [Shopper(mall.url, plenty if seed % 4 else [scarce], seed) for seed in range(8)]
    service = Service(mall.shop, "inventory-grpc")
    with Crowd(shoppers, rate=RATE, plan=[place]) as crowd:
        crowd.wait_for("served at first", [place], 10, lambda visit: visit.served)
        goes_on(BEFORE)
        died = time.monotonic()
        service.kill()
        away = time.monotonic() - died
        recovery = crowd.wait_for("placed again", [place], NORMAL_WITHIN, lambda visit: visit.served)
        goes_on(AFTER)
    seconds = crowd.visits[-1].began - crowd.visits[0].began
    told = Counter(visit.answer.status if visit.answer else None for visit in crowd.visits)
    print(  # noqa: T201 - figures, for `-rP`
        f"{len(crowd.visits) / seconds:.0f} orders a second asked for, {told[201] / seconds:.0f} placed;"
        f" away for {away:.2f} s, placed again {recovery:.2f} s after its return; answers {dict(told)},"
        f" slowest {max(visit.seconds for visit in crowd.visits):.2f} s"
    )
    assert [str(visit) for visit in crowd.visits if not visit.honest or visit.seconds > LONGEST][:5] == []
    for shopper in shoppers:
        shopper.ask_again()
        keeps_every_promise(shopper)
    mall.drain()
    assert mall.stock(list(stocks)) == {product: stock - sold(shoppers)[product] for product, stock in stocks.items()}
    mall.verify()


def goes_on(seconds: float) -> None:
    threading.Event().wait(seconds)  # nothing is waited for: so long the load lasts
