"""What moves of stock should do, in dictionaries. Products are numbered 0 to 2, reservations are called A to D."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from hypothesis import strategies as st

from contracts.errors import ContractError
from contracts.inventory import (
    OutOfStock,
    ReservationClosed,
    ReservationDiffers,
    ReservationNotFound,
    ReservationState,
)
from inventory.errors import StockWouldGoNegative

PRODUCTS = 3
NAMES = "ABCD"
HELD, COMMITTED, RELEASED, EXPIRED = ReservationState
CLOSED = (RELEASED, EXPIRED)

Outcome: TypeAlias = int | ReservationState | ContractError | None
Move: TypeAlias = tuple[Any, ...]

LINES = st.dictionaries(st.integers(0, PRODUCTS - 1), st.integers(1, 6), min_size=1)
MOVE: st.SearchStrategy[Move] = (
    st.tuples(st.just("adjust"), st.integers(0, PRODUCTS - 1), st.integers(-6, 12).filter(bool))
    | st.tuples(st.just("reserve"), st.sampled_from(NAMES), LINES)
    | st.tuples(st.sampled_from(["commit", "release", "expire"]), st.sampled_from(NAMES))
)


class Model:
    def __init__(self) -> None:
        self.stock = dict.fromkeys(range(PRODUCTS), 0)
        self.held: dict[str, tuple[ReservationState, Mapping[int, int]]] = {}

    def does(self, move: str, *arguments: Any) -> Outcome:
        outcome: Outcome = getattr(self, move)(*arguments)
        return outcome

    def adjust(self, product: int, delta: int) -> Outcome:
        if self.stock[product] + delta < 0:
            return StockWouldGoNegative(product_id=product, available=self.stock[product])
        self.stock[product] += delta
        return self.stock[product]

    def reserve(self, name: str, lines: Mapping[int, int]) -> Outcome:
        if name in self.held:
            state, earlier = self.held[name]
            if earlier != lines:
                return ReservationDiffers(reservation_id=name)
            return ReservationClosed(reservation_id=name, state=state) if state in CLOSED else state
        for product, quantity in sorted(lines.items()):
            if self.stock[product] < quantity:
                return OutOfStock(product_id=product, requested=quantity, available=self.stock[product])
        self._move(lines, -1)
        self.held[name] = HELD, lines
        return HELD

    def commit(self, name: str) -> Outcome:
        if name not in self.held:
            return ReservationNotFound(reservation_id=name)
        state, lines = self.held[name]
        if state in CLOSED:
            return ReservationClosed(reservation_id=name, state=state)
        self.held[name] = COMMITTED, lines
        return COMMITTED

    def release(self, name: str) -> Outcome:
        if name not in self.held:
            return ReservationNotFound(reservation_id=name)
        return self._give_back(name, (HELD, COMMITTED), RELEASED)

    def expire(self, name: str) -> None:
        if name in self.held:
            self._give_back(name, (HELD,), EXPIRED)

    def _give_back(self, name: str, open_states: tuple[ReservationState, ...], closed: ReservationState) -> Outcome:
        state, lines = self.held[name]
        if state not in open_states:
            return state
        self._move(lines, 1)
        self.held[name] = closed, lines
        return closed

    def _move(self, lines: Mapping[int, int], sign: int) -> None:
        for product, quantity in lines.items():
            self.stock[product] += sign * quantity
