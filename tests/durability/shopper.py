"""A customer who never gives up: what was not answered is asked again, with the same key, after the shop is back."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPException
from threading import Event
from typing import Any

from tests.api.client import Answer, Client
from tests.api.conftest import PASSWORD, log_in
from tests.api.test_products import every_page

ORDERS = "/api/v1/orders"


class Unanswered(Exception):
    """The shop died, or is dying: what became of the request is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """An order under its key, which is placed once however often it is asked for."""

    key: str
    items: tuple[tuple[int, int], ...]


class Shopper:
    def __init__(self, base_url: str, products: Sequence[int], seed: int) -> None:
        anyone, name = Client(base_url), f"shopper-{uuid.uuid4().hex[:12]}"
        account = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
        assert anyone.post("/api/v1/users/register", account).status == 201
        self._api = anyone.bearing(log_in(anyone, email=account["email"], password=PASSWORD)["access_token"])
        self._products, self._chance = products, random.Random(seed)
        self.wishes: list[Wish] = []
        self.promised: dict[str, Any] = {}
        """What 201 said of the order, by key."""
        self.to_cancel: list[int] = []
        self.cancelled: set[int] = set()

    def shop(self, stop: Event) -> None:
        """Place and cancel until the shop dies under it."""
        while not stop.is_set():
            try:
                self._cancel_one() if self.promised and self._chance.random() < 0.3 else self._place_one()
            except Unanswered:
                return

    def ask_again(self) -> None:
        """Everything that has no answer yet; then there is one to everything."""
        for wish in self.wishes:
            if wish.key not in self.promised:
                self._place(wish)
        for order_id in self.to_cancel:
            if order_id not in self.cancelled:
                self._cancel(order_id)

    def orders(self) -> list[Any]:
        """All that the shop has of this customer, newest first."""
        return every_page(self._api, f"{ORDERS}?limit=100")

    def _place_one(self) -> None:
        chosen = self._chance.sample(list(self._products), self._chance.randint(1, len(self._products)))
        items = tuple((product, self._chance.randint(1, 3)) for product in chosen)
        self.wishes.append(Wish(key=str(uuid.uuid4()), items=items))
        self._place(self.wishes[-1])

    def _cancel_one(self) -> None:
        standing = [order["id"] for order in self.promised.values() if order["id"] not in self.to_cancel]
        if standing:
            self.to_cancel.append(self._chance.choice(standing))
            self._cancel(self.to_cancel[-1])

    def _place(self, wish: Wish) -> None:
        items = [{"product_id": product, "quantity": quantity} for product, quantity in wish.items]
        answer = self._ask("POST", ORDERS, {"items": items}, Idempotency_Key=wish.key)
        assert answer.status == 201, answer
        self.promised[wish.key] = answer.body

    def _cancel(self, order_id: int) -> None:
        answer = self._ask("POST", f"{ORDERS}/{order_id}/cancel")
        assert answer.status in (200, 409), answer  # 409: the request without an answer had done it
        self.cancelled.add(order_id)

    def _ask(self, method: str, path: str, *body: Any, **headers: str) -> Answer:
        try:
            answer = self._api.send(method, path, *body, **headers)
        except (OSError, HTTPException) as error:
            raise Unanswered from error
        if answer.status >= 500:
            raise Unanswered(answer.content)
        return answer
