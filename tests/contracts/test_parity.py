"""Any sequence of calls ends the same over every transport: the same answers, the same errors, the same rows."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from contracts.errors import ContractError
from contracts.inventory import (
    CommitReservation,
    GetProducts,
    ReleaseReservation,
    Reservation,
    ReserveStock,
    StockLine,
)
from inventory.models import Reservation as ReservationRow, StockMovement
from tests.contracts.stages import FakeStage, RealStage, Stage
from tests.contracts.transports import TRANSPORTS

pytestmark = pytest.mark.django_db(databases=["inventory", "orders"], transaction=True)

STOCKS = (5, 1, 0)
UNKNOWN = len(STOCKS)
QUANTITIES = st.sampled_from([1, 1, 2, 3, 6, 0, -1, 2**62, 2**63 - 1])
LINES = st.lists(st.tuples(st.integers(0, UNKNOWN), QUANTITIES), max_size=4)
TTLS = st.sampled_from([900, 900, 900, 1, 0, 2**40])
IDS = st.sampled_from("ABC")
STEPS = st.lists(
    st.tuples(st.just("reserve"), IDS, LINES, TTLS)
    | st.tuples(st.sampled_from(["commit", "release", "expire", "look", "archive"]), IDS),
    max_size=12,
)


class Play:
    """One run of a sequence. Ids differ from run to run: answers are compared with a name in place of each."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.products = [stage.product(stock=stock) for stock in STOCKS]
        self.products.append(self.products[-1] + 10_000)
        self.ids = {name: str(uuid.uuid4()) for name in "ABC"}
        self.names = {id: name for name, id in self.ids.items()} | {"": ""}
        self.archived: set[str] = set()

    def answers(self, steps: list[Any]) -> list[Any]:
        return [self._answer(*step) for step in steps]

    def rows(self) -> tuple[list[Any], list[Any]]:
        """What is stored: the states of the reservations, and the ledger of each product, in order."""
        states = ReservationRow.objects.filter(id__in=self.ids.values()).values_list("id", "state")
        ledger = StockMovement.objects.filter(product_id__in=self.products).order_by("product_id", "id")
        moves = ledger.values_list("product_id", "reference", "delta", "kind", "reason", "actor_id")
        return (
            sorted((self.names[str(id)], state) for id, state in states),
            [(self.products.index(id), self.names[reference], *move) for id, reference, *move in moves],
        )

    def _answer(self, action: str, name: str, *more: Any) -> Any:
        try:
            return getattr(self, f"_{action}")(self.ids[name], *more)
        except ContractError as error:
            return error.code, {fact: self._named(fact, value) for fact, value in error.facts.items()}

    def _reserve(self, id: str, lines: list[tuple[int, int]], ttl_seconds: int) -> Any:
        wanted = tuple(StockLine(product_id=self.products[index], quantity=quantity) for index, quantity in lines)
        request = ReserveStock(reservation_id=id, lines=wanted, ttl_seconds=ttl_seconds)
        held: Reservation = self.stage.service.reserve_stock(request)
        told = [(line.quantity, line.name, line.unit_price) for line in held.lines]
        return held.state, [self.products.index(line.product_id) for line in held.lines], told

    def _commit(self, id: str) -> Any:
        return self.stage.service.commit_reservation(CommitReservation(reservation_id=id)).state

    def _release(self, id: str) -> Any:
        return self.stage.service.release_reservation(ReleaseReservation(reservation_id=id)).state

    def _expire(self, id: str) -> None:
        self.stage.expire(id)

    def _look(self, id: str) -> Any:
        request, service = GetProducts(product_ids=tuple(self.products)), self.stage.service
        told, on_sale = service.get_products(request).products, service.get_products_on_sale(request).products
        return [product.stock for product in told], [product.stock for product in on_sale]

    def _archive(self, id: str) -> None:
        """Each name has a product too; one that is gone stays gone."""
        name = self.names[id]
        if name not in self.archived:
            self.archived.add(name)
            self.stage.archive(self.products["ABC".index(name)])

    def _named(self, fact: str, value: Any) -> Any:
        if fact == "product_id":
            return self.products.index(value)
        return self.names[value] if fact == "reservation_id" else value


def stages() -> Iterator[tuple[str, Stage]]:
    for name, wired in TRANSPORTS.items():
        with wired() as ports:
            yield name, RealStage(ports.inventory)


@settings(max_examples=40)
@given(steps=STEPS)
def test_any_sequence_of_calls_gives_the_same_everywhere(steps: list[Any]) -> None:
    expected = Play(FakeStage()).answers(steps)
    stored = []
    for name, stage in stages():
        play = Play(stage)
        assert play.answers(steps) == expected, name
        stored.append(play.rows())
    assert all(rows == stored[0] for rows in stored)
