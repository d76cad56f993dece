"""A customer of the shop whose back office is tried: over its API."""

from __future__ import annotations

from typing import Any

from tests.e2e.shop import Shop

PASSWORD = "a customer's own"


class Customer:
    def __init__(self, shop: Shop, name: str) -> None:
        self.shop = shop
        self.name = name
        self.email = f"{name}@customer.example"
        self._ask("POST", "/api/v1/users/register", username=name, email=self.email, password=PASSWORD)
        self._token = self._ask("POST", "/api/v1/users/login", email=self.email, password=PASSWORD)["access_token"]

    def buys(self, product_id: int, quantity: int = 1) -> int:
        """And pays; returns the order's number."""
        order = self._ask("POST", "/api/v1/orders", product_id=product_id, quantity=quantity, payment_method="pm_ok")
        assert order["status"] == "confirmed", order
        return int(order["id"])

    def sees(self, order_id: int) -> str:
        return str(self._ask("GET", f"/api/v1/orders/{order_id}")["status"])

    def _ask(self, method: str, path: str, **body: Any) -> Any:
        status, answer = self.shop.ask(method, path, body, token=getattr(self, "_token", ""))
        assert status in {200, 201}, answer
        return answer
