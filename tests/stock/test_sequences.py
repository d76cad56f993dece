"""Stock against a model of it: any sequence of moves, one after the other, ends exactly as simple arithmetic says."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from tests.stock.model import MOVE, Model, Move
from tests.stock.shop import Shop

pytestmark = pytest.mark.django_db(databases=["inventory", "orders"], transaction=True)


@settings(max_examples=100)
@given(moves=st.lists(MOVE, min_size=3, max_size=40))
def test_every_sequence_of_moves_answers_and_ends_as_the_model_does(moves: list[Move]) -> None:
    model, shop = Model(), Shop()
    for move in moves:
        assert shop.does(*move) == model.does(*move), move
    assert shop.stock() == shop.ledger() == model.stock
    assert shop.states() == {name: state for name, (state, _) in model.held.items()}
