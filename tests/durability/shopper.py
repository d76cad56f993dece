"""A customer who never gives up: what was not answered is asked again, with the same key, after the shop is back."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
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
        self.api = anyone.bearing(log_in(anyone, email=account["email"], password=PASSWORD)["access_token"])
        self._email = account["email"]
        self._products, self._chance = products, random.Random(seed)
        self.wishes: list[Wish] = []
        self.promised: dict[str, Any] = {}
        """What 201 said of the order, by key."""
        self.refused: set[str] = set()
        """The keys of the orders for which there was not enough stock."""
        self.to_cancel: list[int] = []
        self.cancelled: set[int] = set()

    def shop(self, stop: Event) -> None:
        """Place and cancel until the shop dies under it."""
        while not stop.is_set():
            try:
                self.cancel_one() if self.promised and self._chance.random() < 0.3 else self.place_one()
            except Unanswered:
                return

    def ask_again(self) -> None:
        """Everything that has no answer yet; then there is one to everything."""
        for wish in self.wishes:
            if wish.key not in self.promised and wish.key not in self.refused:
                self._place(wish)
        for order_id in self.to_cancel:
            if order_id not in self.cancelled:
                self._cancel(order_id)

    def log_in(self) -> None:
        self._ask("POST", "/api/v1/users/login", {"email": self._email, "password": PASSWORD})

    def orders(self) -> list[Any]:
        """All that the shop has of this customer, newest first."""
        return every_page(self.api, f"{ORDERS}?limit=100")

    def place_one(self) -> None:
        chosen = self._chance.sample(list(self._products), self._chance.randint(1, len(self._products)))
        items = tuple((product, self._chance.randint(1, 3)) for product in chosen)
        wish = Wish(key=str(uuid.uuid4()), items=items)
        self.wishes.append(wish)
        self._place(wish)

    def cancel_one(self) -> None:
        standing = [order["id"] for order in list(self.promised.values()) if order["id"] not in self.to_cancel]
        if standing:
            chosen = self._chance.choice(standing)
            self.to_cancel.append(chosen)
            self._cancel(chosen)

    def _place(self, wish: Wish) -> None:
        items = [{"product_id": product, "quantity": quantity} for product, quantity in wish.items]
        answer = self._ask("POST", ORDERS, {"items": items}, Idempotency_Key=wish.key)
        if answer.status == 400 and answer.code == "out_of_stock":
            self.refused.add(wish.key)
            return
        assert answer.status == 201, answer
        self.promised[wish.key] = answer.body

    def _cancel(self, order_id: int) -> None:
        answer = self._ask("POST", f"{ORDERS}/{order_id}/cancel")
        assert answer.status in (200, 409), answer  # 409: the request without an answer had done it
        self.cancelled.add(order_id)

    def _ask(self, method: str, path: str, *body: Any, **headers: str) -> Answer:
        try:
            answer = self.api.send(method, path, *body, **headers)
        except (OSError, HTTPException) as error:
            raise Unanswered from error
        if answer.status >= 500:
            raise Unanswered(answer.content)
        return answer


def keeps_every_promise(shopper: Shopper) -> None:
    """There is one order for each key: as it was promised, or cancelled where that was asked for."""
    orders = {order["id"]: order for order in shopper.orders()}
    promised = {order["id"]: order for order in shopper.promised.values()}
    assert len(promised) + len(shopper.refused) == len(shopper.wishes)
    assert orders.keys() == promised.keys()
    for id, order in orders.items():
        status = "cancelled" if id in shopper.cancelled else "confirmed"
        assert order == {**promised[id], "status": status, "updated_at": order["updated_at"]}


def sold(shoppers: Iterable[Shopper]) -> Counter[int]:
    counted: Counter[int] = Counter()
    for shopper in shoppers:
        for order in shopper.promised.values():
            if order["id"] not in shopper.cancelled:
                counted.update({line["product_id"]: line["quantity"] for line in order["items"]})
    return counted
