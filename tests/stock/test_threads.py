"""Stock under several threads: whatever the interleaving, nothing is lost, nothing is made, nothing counts twice."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from inventory.models import MovementKind
from shopflow.invariants import stock as invariants
from shopflow.invariants.base import check
from tests.stock.model import CLOSED, COMMITTED, HELD, MOVE, NAMES, PRODUCTS, Move, Outcome
from tests.stock.shop import Shop
from tests.threads import all_at_once

pytestmark = pytest.mark.django_db(databases=["inventory", "orders"], transaction=True)

THREADS = 4
OPENING = 20
SEQUENCES = st.lists(st.lists(MOVE, min_size=1, max_size=12), min_size=THREADS, max_size=THREADS)


@settings(max_examples=60)
@given(sequences=SEQUENCES)
def test_any_moves_of_several_threads_keep_every_unit_accounted_for(sequences: list[list[Move]]) -> None:
    shop = Shop()
    for product in range(PRODUCTS):
        shop.adjust(product, OPENING)
    before = shop.ledger()

    def play(thread: int) -> list[tuple[Move, Outcome]]:
        return [(move, shop.does(*move)) for move in sequences[thread]]

    told = [step for steps in all_at_once(THREADS, play, databases=["inventory", "orders"]) for step in steps]

    adjusted = shop.ledger(kind=MovementKind.ADJUSTMENT)
    accepted = {
        product: before[product]
        + sum(move[2] for move, outcome in told if move[:2] == ("adjust", product) and isinstance(outcome, int))
        for product in range(PRODUCTS)
    }
    stock, taken = shop.stock(), shop.taken()
    assert adjusted == accepted
    assert stock == shop.ledger()
    assert {product: stock[product] + taken[product] for product in stock} == adjusted
    assert min(stock.values()) >= 0
    assert [check(rule, pauses=()).breaches for rule in invariants.INVARIANTS] == [frozenset()] * len(
        invariants.INVARIANTS
    )


@settings(max_examples=15)
@given(
    held=st.sets(st.sampled_from(NAMES), min_size=1),
    ends=st.lists(st.sampled_from(["commit", "release", "expire"]), min_size=6, max_size=6),
)
def test_threads_that_end_the_same_reservations_end_each_once(held: set[str], ends: list[str]) -> None:
    shop = Shop()
    for product in range(PRODUCTS):
        shop.adjust(product, OPENING)
    for name in held:
        shop.reserve(name, {0: 2, 2: 1})

    all_at_once(
        len(ends), lambda thread: [shop.does(ends[thread], name) for name in held], databases=["inventory", "orders"]
    )

    states = shop.states()
    open_count = sum(state in (HELD, COMMITTED) for state in states.values())
    assert shop.stock() == shop.ledger() == {0: OPENING - 2 * open_count, 1: OPENING, 2: OPENING - open_count}
    if "release" in ends:
        assert set(states.values()) <= set(CLOSED)
    elif "commit" in ends and "expire" not in ends:
        assert set(states.values()) == {COMMITTED}
