"""What customers and staff do with an order, and how it must end whatever dies on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from tests.api.client import Answer
from tests.crash import stray
from tests.crash.judging import judge
from tests.crash.purchase import Purchase

Doing = Callable[[Purchase], object]


def nothing(purchase: Purchase) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """`act` is where the process dies, or what goes on after it; `finish` is what the customer does when it is back."""

    name: str
    method: str | None
    prepare: Doing = nothing
    act: Doing
    finish: Doing
    judge: Callable[[Purchase], list[str]]
    """Everything that is wrong in the end."""

    def __str__(self) -> str:
        return self.name


def placed(purchase: Purchase) -> None:
    """Asked for, and settled without any help if there is an order at all; then asked for again."""
    if purchase.order_id is not None:
        _until_settled(purchase)
    answer = purchase.world.insists(purchase.place, on=lambda answer: answer.status in (201, 402))
    _until_settled(purchase)
    declined = purchase.method == "pm_declined"
    assert answer.status == (402 if declined else 201), answer
    if not declined:
        assert answer.body["id"] == purchase.order_id


def _waiting(purchase: Purchase) -> None:
    """An order for which the customer has to do something."""
    purchase.place()
    if purchase.order_id is None:
        purchase.world.insists(purchase.place, on=lambda answer: answer.status in (201, 202))
    purchase.world.until(lambda: purchase.waits_for_the_customer, purchase.where)


def approved(purchase: Purchase) -> None:
    _waiting(purchase)
    _insist(purchase, purchase.approve)


def refused(purchase: Purchase) -> None:
    _insist(purchase, purchase.refuse)


def approved_once_more(purchase: Purchase) -> None:
    _insist(purchase, purchase.approve)


def cancelled(purchase: Purchase) -> None:
    _insist(purchase, purchase.cancel)


def refunded(purchase: Purchase) -> None:
    _insist(purchase, purchase.refund)


def refunded_a_line(purchase: Purchase) -> None:
    _insist(purchase, purchase.refund_a_line)


def given_back(purchase: Purchase) -> None:
    _insist(purchase, purchase.give_back)


def lapsed(purchase: Purchase) -> None:
    """The customer never did what they were asked for."""
    _until_settled(purchase)


def shipped(purchase: Purchase) -> None:
    placed(purchase)
    answer = purchase.ship()
    assert answer is not None
    assert answer.status == 200, answer


def _insist(purchase: Purchase, ask: Callable[[], Answer | None]) -> None:
    """Whatever is answered, so long as it is answered: done now, or by the request that was not."""
    purchase.world.insists(ask, on=lambda answer: answer.status not in (202, 429))
    _until_settled(purchase)


def _until_settled(purchase: Purchase) -> None:
    purchase.world.until(lambda: purchase.is_settled, purchase.where)


CONFIRMED, CANCELLED, REFUNDED = (partial(judge, ends=ends) for ends in ("confirmed", "cancelled", "refunded"))
METHODS: Final = ("pm_ok", "pm_declined", "pm_timeout", "pm_flaky", "pm_slow")
ACTION: Final = "pm_requires_action"

SCENARIOS: Final = {
    scenario.name: scenario
    for scenario in (
        Scenario(name="place on invoice", method=None, act=Purchase.place, finish=placed, judge=CONFIRMED),
        *(
            Scenario(
                name=f"place {method}",
                method=method,
                act=Purchase.place,
                finish=placed,
                judge=CANCELLED if method == "pm_declined" else CONFIRMED,
            )
            for method in METHODS
        ),
        Scenario(name=f"place {ACTION}", method=ACTION, act=Purchase.place, finish=approved, judge=CONFIRMED),
        Scenario(
            name="approve",
            method=ACTION,
            prepare=_waiting,
            act=Purchase.approve,
            finish=approved_once_more,
            judge=CONFIRMED,
        ),
        Scenario(name="refuse", method=ACTION, prepare=_waiting, act=Purchase.refuse, finish=refused, judge=CANCELLED),
        Scenario(
            name="never act", method=ACTION, prepare=_waiting, act=Purchase.time_passes, finish=lapsed, judge=CANCELLED
        ),
        Scenario(
            name="cancel an unpaid order",
            method=None,
            prepare=placed,
            act=Purchase.cancel,
            finish=cancelled,
            judge=CANCELLED,
        ),
        Scenario(
            name="cancel a paid order",
            method="pm_ok",
            prepare=placed,
            act=Purchase.cancel,
            finish=cancelled,
            judge=CANCELLED,
        ),
        Scenario(
            name="cancel a pending order",
            method=ACTION,
            prepare=_waiting,
            act=Purchase.cancel,
            finish=cancelled,
            judge=CANCELLED,
        ),
        Scenario(
            name="refund an unpaid order",
            method=None,
            prepare=placed,
            act=Purchase.refund,
            finish=refunded,
            judge=REFUNDED,
        ),
        Scenario(
            name="refund the whole order",
            method="pm_ok",
            prepare=placed,
            act=Purchase.refund,
            finish=refunded,
            judge=REFUNDED,
        ),
        Scenario(
            name="refund a line",
            method="pm_ok",
            prepare=placed,
            act=Purchase.refund_a_line,
            finish=refunded_a_line,
            judge=CONFIRMED,
        ),
        Scenario(
            name="return a shipped order",
            method="pm_ok",
            prepare=shipped,
            act=Purchase.give_back,
            finish=given_back,
            judge=REFUNDED,
        ),
        Scenario(
            name="charge without an order",
            method=None,
            act=stray.take,
            finish=stray.gone_back,
            judge=stray.judge,
        ),
    )
}
