from __future__ import annotations

from abc import abstractmethod
from time import monotonic

import pytest

from contracts.base import DEADLINE, Contract, rpc, time_left, time_limit
from contracts.inventory import InventoryService, OutOfStock, Reservation, ReserveStock
from contracts.tests.strategies import methods
from contracts.users import GetUser, User, UsersService


def test_a_method_knows_what_it_takes_gives_and_raises() -> None:
    method = InventoryService.methods["reserve_stock"]

    assert (method.request, method.response) == (ReserveStock, Reservation)
    assert OutOfStock in method.raises
    assert method.full_name == "shopflow.inventory.v1.InventoryService/reserve_stock"
    assert method.rpc_name == "ReserveStock"


def test_a_method_that_changes_nothing_can_be_repeated() -> None:
    assert UsersService.methods["get_user"].read_only
    assert all(method.idempotent for method in methods() if method.read_only)


def test_a_method_takes_exactly_one_request() -> None:
    with pytest.raises(TypeError, match=r"shopflow\.wrong\.v1\.Wrong/two must take exactly one request"):

        class Wrong(Contract, package="shopflow.wrong.v1"):
            @rpc()
            @abstractmethod
            def two(self, one: GetUser, other: GetUser) -> User: ...


def test_a_contract_cannot_be_kept_in_part() -> None:
    class Part(InventoryService):
        pass

    with pytest.raises(TypeError, match="abstract"):
        Part()  # type: ignore[abstract]


def test_no_limit_means_no_deadline() -> None:
    assert time_left() is None


def test_a_limit_ends_with_its_block() -> None:
    with time_limit(5):
        left = time_left()
        assert left is not None
        assert 4 < left <= 5
    assert time_left() is None


def test_a_limit_inside_a_limit_only_shortens_it() -> None:
    with time_limit(5):
        outer = DEADLINE.get()
        with time_limit(60):
            assert DEADLINE.get() == outer
        with time_limit(1):
            inner = DEADLINE.get()
            assert inner is not None
            assert inner <= monotonic() + 1
        assert DEADLINE.get() == outer


def test_a_limit_that_has_passed_is_negative() -> None:
    with time_limit(-1):
        left = time_left()
        assert left is not None
        assert left < 0
