"""Customers of the HTTP API, one to a thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.test import Client

from shopflow.tests.tokens import bearer


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any

    @property
    def code(self) -> str | None:
        return self.body.get("code") if isinstance(self.body, dict) else None


class Buyer:
    def __init__(self, user_id: int = 7) -> None:
        self._client = Client(headers=bearer(user_id=user_id))

    def places(self, *lines: tuple[int, int], key: str | None = None, payment_method: str | None = None) -> Answer:
        items = [{"product_id": product, "quantity": quantity} for product, quantity in lines]
        headers = {} if key is None else {"Idempotency-Key": key}
        method = {} if payment_method is None else {"payment_method": payment_method}
        return self._post("/api/v1/orders", {"items": items, **method}, headers)

    def refunds(self, order_id: int, *lines: tuple[int, int]) -> Answer:
        items = [{"product_id": product, "quantity": quantity} for product, quantity in lines]
        return self._post(f"/api/v1/orders/{order_id}/refunds", {"items": items} if items else {}, {})

    def cancels(self, order_id: int) -> Answer:
        return self._post(f"/api/v1/orders/{order_id}/cancel", {}, {})

    def sees(self, order_id: int) -> Answer:
        response = self._client.get(f"/api/v1/orders/{order_id}")
        return Answer(response.status_code, response.json())

    def _post(self, path: str, body: Any, headers: dict[str, str]) -> Answer:
        response = self._client.post(path, body, content_type="application/json", headers=headers)
        return Answer(response.status_code, response.json())
