"""An order's history leads to where the order is, or is impossible."""

from __future__ import annotations

from typing import Any

import pytest

from orders.history import ImpossibleHistory, replay

Told = tuple[str, dict[str, Any]]

PLACED: Told = ("order.placed", {})
CONFIRMED: Told = ("order.confirmed", {})
CANCELLED: Told = ("order.cancelled", {"reason": "customer"})
SHIPPED: Told = ("order.shipped", {"tracking": "1Z"})
DELIVERED: Told = ("order.delivered", {})


def requested(*lines: list[int]) -> Told:
    return "order.refund_requested", {"lines": lines, "amount": 100}


def refunded(*lines: list[int], whole: bool = False) -> Told:
    return "order.refunded", {"lines": lines, "amount": 100, "whole": whole}


def failed(*lines: list[int]) -> Told:
    return "order.refund_failed", {"lines": lines, "amount": 100}


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([PLACED], ("pending", 0, {})),
        ([CONFIRMED], ("confirmed", 0, {})),
        ([PLACED, CONFIRMED], ("confirmed", 0, {})),
        ([PLACED, CANCELLED], ("cancelled", 0, {})),
        ([CONFIRMED, SHIPPED], ("shipped", 0, {})),
        ([CONFIRMED, SHIPPED, DELIVERED], ("delivered", 0, {})),
        ([CONFIRMED, requested([2, 1], [1, 3])], ("confirmed", 0, {1: 3, 2: 1})),
        ([CONFIRMED, requested([1, 3]), failed([1, 3])], ("confirmed", 0, {})),
        ([CONFIRMED, requested([1, 1]), refunded([1, 1]), SHIPPED], ("shipped", 100, {1: 1})),
        (
            [CONFIRMED, SHIPPED, requested([1, 1]), requested([1, 1]), refunded([1, 1]), refunded([1, 1], whole=True)],
            ("refunded", 200, {1: 2}),
        ),
    ],
)
def test_a_history_leads_to_a_state(events: list[Any], state: object) -> None:
    assert replay(events) == state


@pytest.mark.parametrize(
    "events",
    [
        [],
        [CANCELLED],
        [PLACED, PLACED],
        [PLACED, SHIPPED],
        [PLACED, requested([1, 1])],
        [CONFIRMED, DELIVERED],
        [CONFIRMED, CANCELLED, SHIPPED],
        [CONFIRMED, CANCELLED, requested([1, 1])],
        [CONFIRMED, SHIPPED, CANCELLED],
        [CONFIRMED, requested([1, 1]), refunded([1, 1], whole=True), SHIPPED],
        [CONFIRMED, ("order.lost", {})],
    ],
)
def test_what_cannot_have_happened_is_no_history(events: list[Any]) -> None:
    with pytest.raises(ImpossibleHistory):
        replay(events)
