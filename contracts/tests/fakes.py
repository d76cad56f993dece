"""An inventory that answers as it is told, and clients in front of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from contracts.inventory import (
    CommitReservation,
    GetProducts,
    InventoryService,
    Products,
    ReleaseReservation,
    Reservation,
    ReservationStatus,
    ReserveStock,
)
from contracts.transport.hooks import Hooks
from contracts.transport.local import local_client

REQUEST = GetProducts(product_ids=(1, 2))
RESERVE = ReserveStock(reservation_id="r", lines=())
NOTHING = Products(products=())
READ = "shopflow.inventory.v1.InventoryService/get_products"
WRITE = "shopflow.inventory.v1.InventoryService/reserve_stock"
both_modes = pytest.mark.parametrize("strict", [False, True], ids=["fast", "strict"])

Answer = Callable[[Any], Any]


class Inventory(InventoryService):
    """Answers every call with `answer`, and remembers what it was asked."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[Any] = []

    def _answer(self, request: Any) -> Any:
        self.asked.append(request)
        return self.answer(request)

    def get_products(self, request: GetProducts) -> Products:
        answer: Products = self._answer(request)
        return answer

    def get_products_on_sale(self, request: GetProducts) -> Products:
        answer: Products = self._answer(request)
        return answer

    def reserve_stock(self, request: ReserveStock) -> Reservation:
        answer: Reservation = self._answer(request)
        return answer

    def commit_reservation(self, request: CommitReservation) -> ReservationStatus:
        answer: ReservationStatus = self._answer(request)
        return answer

    def release_reservation(self, request: ReleaseReservation) -> ReservationStatus:
        answer: ReservationStatus = self._answer(request)
        return answer


def nothing(_: object) -> Products:
    return NOTHING


def noting(seen: list[Any], look: Callable[[], Any]) -> Answer:
    """Notes what `look` sees from inside the call."""

    def answer(_: object) -> Products:
        seen.append(look())
        return NOTHING

    return answer


def raising(error: Exception) -> Answer:
    def answer(_: object) -> Any:
        raise error

    return answer


def client(answer: Answer, *, strict: bool, hooks: Hooks | None = None) -> InventoryService:
    return local_client(InventoryService, Inventory(answer), strict=strict, hooks=hooks or Hooks())


def error_of(answer: Answer, call: str = "get_products", *, strict: bool, **hooks: Any) -> BaseException:
    request = REQUEST if call == "get_products" else RESERVE
    with pytest.raises(Exception) as caught:  # noqa: PT011 - the tests look at which
        getattr(client(answer, strict=strict, hooks=Hooks(**hooks)), call)(request)
    return caught.value
