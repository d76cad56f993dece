"""Each service killed, paused and slowed in turn, under load: what it does not serve is said, and the rest goes on."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import pytest

from tests.durability.mall import Mall
from tests.e2e.shop import until
from tests.faults.conftest import REQUEST_SECONDS, NewTrade
from tests.faults.crowd import (
    OUTAGES,
    Crowd,
    Doing,
    Visit,
    cancel,
    expand,
    list_orders,
    login,
    place,
    products,
    profile,
)
from tests.faults.service import Service

pytestmark = pytest.mark.e2e

KINDS: tuple[Doing, ...] = (place, cancel, list_orders, expand, products, profile, login)
STANDS_ON: dict[str, tuple[Doing, ...]] = {
    "users": (profile, login),
    "users-grpc": (),
    "inventory": (products,),
    "inventory-grpc": (place,),
    "orders": (place, cancel, list_orders, expand),
    "orders-grpc": (),
    "payments": (),
    "payments-grpc": (),
    "orders-worker": (),
    "inventory-worker": (),
    "beat": (),
    "redis": (),
    "backoffice": (),
    "gateway": KINDS,
}
"""What cannot be had without it; everything else must be served all the time."""
RATE = 20
VISITS = 25
LONGEST = REQUEST_SECONDS + 2 + 1
"""Seconds: the gateway's limit, and one for a busy machine."""
NORMAL_WITHIN = 15.0
"""Seconds. Five are promised of inventory: test_inventory_dies holds it to them; here fourteen services fail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """From a fault's beginning until all was normal again."""

    fault: str
    began: float
    ended: float

    def saw(self, visit: Visit) -> bool:
        """Some of it, at least: a visit may outlast the fault that it began in, and the one after."""
        return visit.began <= self.ended and visit.ended >= self.began


@contextmanager
def killed(service: Service) -> Iterator[None]:
    service.kill()
    yield


def paused(service: Service) -> AbstractContextManager[None]:
    return service.paused()


def slowed(service: Service) -> AbstractContextManager[None]:
    return service.slowed()


@pytest.mark.parametrize("name", STANDS_ON)
def test_what_a_service_does_not_serve_is_said_and_the_rest_goes_on(mall: Mall, new_trade: NewTrade, name: str) -> None:
    service, trade = Service(mall.shop, name), new_trade(4)
    with Crowd(trade.shoppers, rate=RATE) as crowd:
        crowd.wait_for("served at first", KINDS, 10, lambda visit: visit.served)
        windows = [suffer(fault, service, crowd) for fault in (killed, paused, slowed)]
    for window in windows:
        print(f"{name} {window.fault}: {tally(list(filter(window.saw, crowd.visits)))}")  # noqa: T201 - figures, for `-rP`
    assert [str(visit) for visit in crowd.visits if visit.seconds > LONGEST] == []
    assert [str(visit) for visit in crowd.visits if not right(visit, name, windows)] == []
    trade.settles()


def suffer(fault: Callable[[Service], AbstractContextManager[None]], service: Service, crowd: Crowd) -> Window:
    """Judges nobody: whoever hangs has yet to leave."""
    tried = [kind for kind in STANDS_ON[service.name] if kind is not cancel]  # there may be nothing left to cancel
    began = time.monotonic()
    with fault(service):
        if fault is not killed:
            coming = crowd.came + VISITS
            until(lambda: crowd.came >= coming, "visits")
        if fault is paused and service.name != "gateway":
            crowd.wait_for("told of the outage", tried, 2 * LONGEST, says_so)
    crowd.wait_for("served again", tried, NORMAL_WITHIN, lambda visit: visit.served)
    return Window(fault=fault.__name__, began=began, ended=time.monotonic())


def right(visit: Visit, name: str, windows: list[Window]) -> bool:
    """Only while a fault of what it stands on lasts may a visit be told so instead of served."""
    concerned = {kind.__name__ for kind in STANDS_ON[name]}
    if visit.what not in concerned or not any(window.saw(visit) for window in windows):
        return visit.served
    broken = name == "gateway" and visit.answer is None  # there is nobody to say anything
    return visit.honest or broken


def says_so(visit: Visit) -> bool:
    return visit.answer is not None and visit.answer.status in OUTAGES


def tally(visits: list[Visit]) -> str:
    told = Counter("broken" if visit.answer is None else str(visit.answer.status) for visit in visits)
    slowest = max(visits, key=lambda visit: visit.seconds)
    return f"{dict(sorted(told.items()))}, slowest: {slowest.what}, {slowest.seconds:.1f} s"
