"""Clients of the API, as the tests of the inventory use them."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

from rest_framework.test import APIClient

PRODUCTS = "/api/v1/products"


def client(*, is_staff: bool | None = None, rights: tuple[str, ...] = ("catalogue", "stock")) -> APIClient:
    """A client without a token, or one whose holder is staff, with these rights, or not."""
    client = APIClient()
    if is_staff is not None:
        holder = SimpleNamespace(id=7, is_staff=is_staff, rights=rights if is_staff else (), is_authenticated=True)
        client.force_authenticate(holder)  # type: ignore[arg-type]
    return client


def send(client: APIClient, method: str, path: str, body: Any) -> Any:
    return client.generic(method, path, json.dumps(body), content_type="application/json")
