"""Refusals, as DRF's own exceptions."""

from __future__ import annotations

from typing import Any

from rest_framework import status
from rest_framework.exceptions import APIException


class Refused(APIException):
    def __init__(self, **facts: Any) -> None:
        super().__init__()
        detail: dict[str, Any] = {"detail": self.default_detail, "code": self.default_code, **facts}
        self.detail = detail  # here and not through super(), which makes text of the numbers


class OutOfStock(Refused):
    status_code = status.HTTP_400_BAD_REQUEST
    default_detail = "Not enough stock."
    default_code = "out_of_stock"


class ProductNotFound(Refused):
    status_code = status.HTTP_404_NOT_FOUND
    default_detail = "There is no such product."
    default_code = "product_not_found"


class MixedCurrencies(Refused):
    status_code = status.HTTP_400_BAD_REQUEST
    default_detail = "All products of an order must be sold in one currency."
    default_code = "mixed_currencies"


class IdempotencyKeyReused(Refused):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_detail = "This Idempotency-Key was used before with another body."
    default_code = "idempotency_key_reused"
