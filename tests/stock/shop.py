"""The moves of the model, made on PostgreSQL and told in the words of the model."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Model, QuerySet, Sum
from django.db.models.functions import Now

from contracts.errors import ContractError
from contracts.inventory import ReservationState, StockLine
from inventory import expiry, stock
from inventory.models import MovementKind, Product, Reservation, ReservationLine, StockMovement
from inventory.tests.conftest import make_product
from tests.stock.model import NAMES, PRODUCTS, Outcome


class Shop:
    """The same moves on PostgreSQL, told in the words of the model."""

    def __init__(self) -> None:
        self.products = [make_product(stock_level=0) for _ in range(PRODUCTS)]
        self.index = {product.pk: index for index, product in enumerate(self.products)}
        self.ids = {name: str(uuid.uuid4()) for name in NAMES}
        self.names = {id: name for name, id in self.ids.items()}

    def does(self, move: str, *arguments: Any) -> Outcome:
        try:
            outcome: Outcome = getattr(self, move)(*arguments)
        except ContractError as error:
            return type(error)(**{fact: self._named(fact, value) for fact, value in error.facts.items()})
        return outcome

    def adjust(self, product: int, delta: int) -> int:
        return stock.adjust_stock(product_id=self.products[product].pk, delta=delta, kind=MovementKind.ADJUSTMENT)

    def reserve(self, name: str, lines: Mapping[int, int]) -> ReservationState:
        wanted = [StockLine(product_id=self.products[index].pk, quantity=count) for index, count in lines.items()]
        return stock.reserve_stock(reservation_id=self.ids[name], lines=wanted, ttl_seconds=900).state

    def commit(self, name: str) -> ReservationState:
        return stock.commit_reservation(reservation_id=self.ids[name])

    def release(self, name: str) -> ReservationState:
        return stock.release_reservation(reservation_id=self.ids[name])

    def expire(self, name: str) -> None:
        long_ago = Now() - expiry.GRACE - timedelta(seconds=1)
        Reservation.objects.filter(id=self.ids[name]).update(expires_at=long_ago)
        expiry.expire_reservations()

    def stock(self) -> dict[int, int]:
        return {self.index[id]: level for id, level in self._of_products(Product, "id").values_list("id", "stock")}

    def ledger(self, **only: Any) -> dict[int, int]:
        """The sum of each product's movements, of all or `only` some of them."""
        return self._sums(self._of_products(StockMovement, "product_id").filter(**only), "delta")

    def taken(self) -> dict[int, int]:
        """What the open reservations have of each product."""
        lines = self._of_products(ReservationLine, "product_id")
        return self._sums(lines.filter(reservation__state__in=["held", "committed"]), "quantity")

    def states(self) -> dict[str, ReservationState]:
        rows = Reservation.objects.filter(id__in=self.names).values_list("id", "state")
        return {self.names[str(id)]: ReservationState(state) for id, state in rows}

    def _of_products(self, model: type[Model], field: str) -> QuerySet[Any]:
        return model._default_manager.filter(**{f"{field}__in": self.index})

    def _sums(self, rows: QuerySet[Any], field: str) -> dict[int, int]:
        sums = rows.values_list("product_id").annotate(sum=Sum(field))
        return dict.fromkeys(range(PRODUCTS), 0) | {self.index[id]: int(total) for id, total in sums}

    def _named(self, fact: str, value: Any) -> Any:
        if fact == "product_id":
            return self.index[value]
        return self.names[value] if fact == "reservation_id" else value
