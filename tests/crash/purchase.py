"""One order of a customer who never gives up, and of staff who serve it: every request can be repeated."""

from __future__ import annotations

import uuid
from typing import Any, Final
from urllib.parse import urlsplit

from tests.api.client import Answer
from tests.crash.books import Row
from tests.crash.world import ACTION_SECONDS, World

STOCK: Final = 10
LINES: Final = (2, 1)
"""How many of each product are ordered."""
ORDERS: Final = "/api/v1/orders"


class Purchase:
    def __init__(self, world: World, method: str | None) -> None:
        self.world, self.method = world, method
        self.key = str(uuid.uuid4())
        self._page = ""
        """Where the provider asks the customer."""
        self.stray = 0
        """The number of an order that there is not, and that was charged."""
        self.products = world.mall.stocked(*[STOCK] * len(LINES))

    @property
    def order_id(self) -> int | None:
        return self.world.books.order_of(self.key)

    @property
    def order(self) -> Row:
        """As its row is now."""
        id = self.order_id
        assert id is not None, "there is no order"
        return self.world.books.order(id)

    def place(self) -> Answer | None:
        items = [{"product_id": id, "quantity": many} for id, many in zip(self.products, LINES, strict=True)]
        body: dict[str, Any] = {"items": items}
        if self.method is not None:
            body["payment_method"] = self.method
        return self.world.asks(self.world.customer, "POST", ORDERS, body, Idempotency_Key=self.key)

    def cancel(self) -> Answer | None:
        return self.world.asks(self.world.customer, "POST", f"{ORDERS}/{self.order_id}/cancel")

    def refund(self) -> Answer | None:
        return self._refund({})

    def refund_a_line(self) -> Answer | None:
        return self._refund({"items": [{"product_id": self.products[0], "quantity": 1}]})

    def give_back(self) -> Answer | None:
        """Staff takes all of it back."""
        path = f"{ORDERS}/{self.order_id}/returns"
        return self.world.asks(self.world.staff, "POST", path, {}, Idempotency_Key=f"back-{self.key}")

    def ship(self) -> Answer | None:
        return self.world.asks(self.world.staff, "POST", f"{ORDERS}/{self.order_id}/ship", {})

    def approve(self) -> Answer | None:
        return self._act(approve=True)

    def refuse(self) -> Answer | None:
        return self._act(approve=False)

    def time_passes(self, seconds: float = ACTION_SECONDS) -> None:
        """By itself as much as the customer has for what the provider asks of them."""
        if (id := self.stray or self.order_id) is not None:
            self.world.books.time_passes(id, seconds)

    @property
    def waits_for_the_customer(self) -> bool:
        id = self.order_id
        asked = id and self.world.books.order(id)["next_action"]
        if asked:
            self._page = urlsplit(asked["url"]).path
        return bool(asked)

    @property
    def is_settled(self) -> bool:
        """Nothing goes on by itself any more."""
        id = self.order_id
        if id is None or self.world.books.order(id)["status"] == "pending":
            return False
        return not self.world.books.under_way(id)

    def where(self) -> str:
        """For a message: how far it has come."""
        if (id := self.order_id) is None:
            return "there is no order"
        return f"order {id} {self.world.books.order(id)['status']}; {self.world.books.under_way(id)}"

    def _refund(self, body: dict[str, Any]) -> Answer | None:
        path = f"{ORDERS}/{self.order_id}/refunds"
        return self.world.asks(self.world.customer, "POST", path, body, Idempotency_Key=f"refund-{self.key}")

    def _act(self, *, approve: bool) -> Answer | None:
        return self.world.asks(self.world.customer, "POST", self._page, {"approve": approve})
