"""A customer who pays in every way there is, changes their mind, and remembers what they were told."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from threading import Event
from typing import Any, Final
from urllib.parse import urlsplit

from tests.api.client import Answer, Client
from tests.api.conftest import PASSWORD, log_in

ORDERS: Final = "/api/v1/orders"
METHODS: Final = {
    None: 30,
    "pm_ok": 40,
    "pm_declined": 6,
    "pm_requires_action": 8,
    "pm_timeout": 4,
    "pm_flaky": 8,
    "pm_slow": 4,
}
"""How many of a hundred orders are paid like that; None: on invoice."""
MINDS: Final = {"keep": 60, "cancel": 15, "refund": 10, "refund a line": 15}
"""What becomes of a hundred orders once they are placed."""
BREATH: Final = 0.1
"""Seconds between one's requests, on average."""
PATIENCE: Final = 4
STANDS: Final = {200, 201, 402}
"""Statuses after which a customer knows where they are."""


@dataclass(slots=True, kw_only=True)
class Deal:
    """One order under one key, however often it is asked for."""

    key: str
    method: str | None
    mind: str
    items: list[dict[str, int]]
    answer: Answer | None = None
    """The last one that says what became of the order."""
    asked: set[str] = field(default_factory=set)
    """What was asked for beside it."""
    answers: dict[str, Answer] = field(default_factory=dict)

    @property
    def is_told(self) -> bool:
        return self.answer is not None and (self.answer.status in STANDS or _overtaken(self.answer))

    @property
    def order_id(self) -> int | None:
        return self.answer.body["id"] if self.answer and self.answer.status in (200, 201, 202) else None

    @property
    def page(self) -> str:
        """Where the provider asks the customer; empty: it does not."""
        action = self.answer.body["next_action"] if self.order_id is not None and self.answer else None
        return urlsplit(action["url"]).path if action else ""


class Customer:
    def __init__(self, url: str, products: Sequence[int], seed: int) -> None:
        self._chance = random.Random(seed)
        self._products = products
        name = f"customer-{uuid.uuid4().hex[:12]}"
        self._account = {"email": f"{name}@example.com", "password": PASSWORD}
        assert Client(url).post("/api/v1/users/register", {"username": name, **self._account}).status == 201
        self._api = Client(url)
        self._log_in()
        self.deals: list[Deal] = []
        self.told: Counter[str] = Counter()
        """How often which answer was given to what."""

    def shop(self, stop: Event) -> None:
        while not stop.is_set():
            self.visit()
            stop.wait(self._chance.uniform(0, 2 * BREATH))  # nothing is waited for: so long a customer thinks

    def visit(self) -> None:
        """Place an order, or go on with one; who has too many open questions asks them first."""
        open_questions = self.open_questions
        if open_questions and (len(open_questions) >= PATIENCE or self._chance.random() < 0.5):
            self._go_on(self._chance.choice(open_questions)[1])
        else:
            self._place(self._wish())

    def insists(self) -> bool:
        """Ask again for all that has no answer yet; whether there is one to everything now."""
        for deal in self.deals:
            if self._next(deal):
                self._go_on(deal)
        return not self.open_questions

    @property
    def open_questions(self) -> list[tuple[str, Deal]]:
        return [(what, deal) for deal in self.deals if (what := self._next(deal))]

    def _wish(self) -> Deal:
        chosen = self._chance.sample(list(self._products), self._chance.randint(1, 3))
        deal = Deal(
            key=str(uuid.uuid4()),
            method=self._one_of(METHODS),
            mind=self._one_of(MINDS),
            items=[{"product_id": product, "quantity": self._chance.randint(1, 3)} for product in chosen],
        )
        self.deals.append(deal)
        return deal

    def _one_of(self, weights: dict[Any, int]) -> Any:
        return self._chance.choices(list(weights), list(weights.values()))[0]

    def _next(self, deal: Deal) -> str:
        """What the customer still wants to know or do; empty: nothing."""
        if not deal.is_told:
            return "place"
        if deal.order_id is None:
            return ""
        if deal.page and "act" not in deal.answers:
            return "act"
        return "" if deal.mind == "keep" or deal.mind in deal.answers else deal.mind

    def _go_on(self, deal: Deal) -> None:
        what = self._next(deal)
        acts: dict[str, Callable[[], Answer | None]] = {
            "act": lambda: self._ask("act", deal.page, {"approve": uuid.UUID(deal.key).int % 4 > 0}),
            "cancel": lambda: self._ask("cancel", f"{ORDERS}/{deal.order_id}/cancel"),
            "refund": lambda: self._refund(deal, {}),
            "refund a line": lambda: self._refund(deal, {"items": [{**deal.items[0], "quantity": 1}]}),
        }
        if what == "place":
            self._place(deal)
            return
        deal.asked.add(what)
        if (answer := acts[what]()) is not None and answer.status != 202:
            deal.answers[what] = answer

    def _place(self, deal: Deal) -> None:
        body: dict[str, Any] = {"items": deal.items}
        if deal.method:
            body["payment_method"] = deal.method
        answer = self._ask("place", ORDERS, body, Idempotency_Key=deal.key)
        if answer is not None and (answer.status in (*STANDS, 202) or _overtaken(answer)):
            deal.answer = answer

    def _refund(self, deal: Deal, body: dict[str, Any]) -> Answer | None:
        path = f"{ORDERS}/{deal.order_id}/refunds"
        return self._ask("refund", path, body, Idempotency_Key=f"refund-{deal.key}")

    def _ask(self, what: str, path: str, *body: Any, **headers: str) -> Answer | None:
        """None where it was not answered, or not by somebody who knows."""
        try:
            answer = self._api.post(path, *body, **headers)
        except (OSError, HTTPException):
            self.told[f"{what}: no answer"] += 1
            return None
        self.told[f"{what}: {answer.status}"] += 1
        if answer.status == 401:
            self._log_in()
        return None if answer.status >= 500 or answer.status in (401, 429) else answer

    def _log_in(self) -> None:
        """An access token is good for a quarter of an hour."""
        try:
            self._api = self._api.bearing(log_in(self._api, **self._account)["access_token"])
        except (AssertionError, OSError, HTTPException):
            self.told["login: no answer"] += 1


def _overtaken(answer: Answer) -> bool:
    """It was called off while it was asked for."""
    return answer.status == 409 and answer.code == "order_overtaken"
