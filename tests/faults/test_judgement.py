"""The judges of the other tests here: nobody who hangs slips past them."""

from __future__ import annotations

import threading
from typing import Any, cast

import pytest

from tests.api.client import Answer, Client
from tests.durability.shopper import Shopper
from tests.e2e.shop import until
from tests.faults import crowd
from tests.faults.test_services import Window, right

FAULTS = [Window(fault="killed", began=10, ended=12), Window(fault="paused", began=20, ended=22)]
TOLD = b'{"status": 503, "code": "unavailable", "request_id": "r"}'


@pytest.mark.parametrize(
    ("what", "began", "seconds", "excused"),
    [
        ("place", 9, 0.5, False),
        ("place", 9, 2, True),
        ("place", 11, 30, True),
        ("place", 13, 1, False),
        ("place", 13, 8, True),
        ("place", 23, 1, False),
        ("products", 11, 0.5, False),
    ],
    ids=["before", "into", "through and beyond", "between", "into the next", "after", "not concerned"],
)
def test_an_outage_excuses_only_whom_it_concerns_while_it_lasts(
    what: str, began: float, seconds: float, excused: bool
) -> None:
    answer = Answer(503, {"content-type": "application/problem+json"}, TOLD)
    visit = crowd.Visit(what=what, began=began, seconds=seconds, answer=answer)
    assert right(visit, "inventory-grpc", FAULTS) is excused


def test_a_visit_that_never_ends_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd, "LEAVES_WITHIN", 0.1)
    forever = threading.Event()

    def hang(_: Shopper) -> None:
        forever.wait()

    try:
        with (
            pytest.raises(AssertionError, match="never ended"),
            crowd.Crowd([_somebody()], rate=100, plan=[hang]) as came,
        ):
            until(lambda: came.came > 0, "a visit", 5)
    finally:
        forever.set()


def _somebody() -> Shopper:
    shopper: Any = type("Somebody", (), {"api": Client("http://127.0.0.1")})()
    return cast("Shopper", shopper)
