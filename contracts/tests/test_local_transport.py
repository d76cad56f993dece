from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from contracts.base import Method, time_left, time_limit
from contracts.caller import Caller, calling_as, current_caller
from contracts.errors import ContractError, DeadlineExceeded, Internal, TransactionOpen
from contracts.inventory import (
    GetProducts,
    InventoryService,
    OutOfStock,
    ProductNotFound,
    Products,
    Reservation,
    ReserveStock,
)
from contracts.tests.fakes import (
    NOTHING,
    READ,
    REQUEST,
    Inventory,
    both_modes,
    client,
    error_of,
    nothing,
    noting,
    raising,
)
from contracts.tests.strategies import values_of
from contracts.transport.hooks import Hooks
from contracts.transport.local import local_client


@both_modes
def test_the_client_is_the_contract(*, strict: bool) -> None:
    assert isinstance(client(nothing, strict=strict), InventoryService)


def test_fast_hands_over_the_objects_themselves() -> None:
    inventory = Inventory(nothing)
    shop = local_client(InventoryService, inventory, strict=False, hooks=Hooks())
    assert shop.get_products(REQUEST) is NOTHING
    assert inventory.asked[0] is REQUEST


def test_strict_hands_over_equal_objects_that_have_crossed_the_codec() -> None:
    inventory = Inventory(nothing)
    shop = local_client(InventoryService, inventory, strict=True, hooks=Hooks())
    answer = shop.get_products(REQUEST)
    assert answer == NOTHING
    assert answer is not NOTHING
    assert inventory.asked == [REQUEST]
    assert inventory.asked[0] is not REQUEST


@given(values_of(ReserveStock), values_of(Reservation))
def test_strict_equals_fast_for_whatever_is_asked_and_answered(request: ReserveStock, response: Reservation) -> None:
    fast, strict = Inventory(lambda _: response), Inventory(lambda _: response)
    answers = [
        local_client(InventoryService, inventory, strict=inventory is strict, hooks=Hooks()).reserve_stock(request)
        for inventory in (fast, strict)
    ]
    assert answers == [response, response]
    assert fast.asked == strict.asked == [request]


@given(values_of(OutOfStock) | values_of(ProductNotFound))
def test_strict_equals_fast_for_every_refusal(error: ContractError) -> None:
    raised = [error_of(raising(error), "reserve_stock", strict=strict) for strict in (False, True)]
    assert raised == [error, error]
    assert [type(each) for each in raised] == [type(error)] * 2


def test_a_request_that_cannot_be_sent_is_its_sender_s_mistake() -> None:
    inventory = Inventory(nothing)
    shop = local_client(InventoryService, inventory, strict=True, hooks=Hooks())
    ids: Any = [1, 2]
    with pytest.raises(TypeError, match=r"^GetProducts\.product_ids must be tuple, not list$"):
        shop.get_products(GetProducts(product_ids=ids))
    assert inventory.asked == []


def test_a_response_that_cannot_be_sent_is_the_implementation_s_fault() -> None:
    products: Any = []
    error = error_of(lambda _: Products(products=products), strict=True)
    assert error == Internal(method=READ)
    assert str(error.__cause__) == "Products.products must be tuple, not list"


@both_modes
def test_the_implementation_sees_the_method_s_limit(*, strict: bool) -> None:
    limits: list[float | None] = []
    client(noting(limits, time_left), strict=strict).get_products(REQUEST)
    [left] = limits
    assert left is not None
    assert 0.5 < left <= InventoryService.methods["get_products"].timeout
    assert time_left() is None


@both_modes
def test_a_call_gets_no_more_time_than_its_caller_has(*, strict: bool) -> None:
    limits: list[float | None] = []
    with time_limit(0.25):
        client(noting(limits, time_left), strict=strict).get_products(REQUEST)
    [left] = limits
    assert left is not None
    assert left <= 0.25


@both_modes
def test_a_call_with_no_time_left_is_not_made(*, strict: bool) -> None:
    inventory = Inventory(nothing)
    shop = local_client(InventoryService, inventory, strict=strict, hooks=Hooks())
    with time_limit(-1), pytest.raises(DeadlineExceeded) as caught:
        shop.get_products(REQUEST)
    assert caught.value == DeadlineExceeded(method=READ)
    assert inventory.asked == []


@both_modes
def test_the_limit_ends_with_a_call_that_fails(*, strict: bool) -> None:
    error_of(raising(KeyError()), strict=strict)
    assert time_left() is None


@both_modes
def test_a_call_inside_a_transaction_is_not_made(*, strict: bool) -> None:
    guarded: list[Method] = []

    def guard(method: Method) -> None:
        guarded.append(method)
        raise TransactionOpen(method.full_name)

    inventory = Inventory(nothing)
    shop = local_client(InventoryService, inventory, strict=strict, hooks=Hooks(guard=guard))
    with pytest.raises(TransactionOpen):
        shop.get_products(REQUEST)
    assert guarded == [InventoryService.methods["get_products"]]
    assert inventory.asked == []


@both_modes
def test_a_transaction_left_open_further_in_stays_visible(*, strict: bool) -> None:
    mistake = TransactionOpen("orders called users inside atomic()")
    assert error_of(raising(mistake), strict=strict) is mistake


@both_modes
def test_the_implementation_knows_who_asks(*, strict: bool) -> None:
    callers: list[Caller] = []
    shop = client(noting(callers, current_caller), strict=strict)
    jane = Caller(user_id=7, request_id="abc")
    with calling_as(jane):
        shop.get_products(REQUEST)
    assert callers == [jane]


@both_modes
def test_the_interceptors_run_in_their_order(*, strict: bool) -> None:
    """Deadline, transaction guard, metrics, codec, implementation: each sees only what those before it let through."""
    ran: list[str] = []

    def guard(_: Method) -> None:
        ran.append("guard")
        if time_left_is_short():
            raise TransactionOpen

    def time_left_is_short() -> bool:
        left = time_left()
        assert left is not None, "the deadline comes first"
        return left < 0.5

    hooks = Hooks(guard=guard, observer=lambda *_: ran.append("observer"))
    shop = client(noting(ran, lambda: "implementation"), strict=strict, hooks=hooks)

    with time_limit(-1), pytest.raises(DeadlineExceeded):
        shop.get_products(REQUEST)
    assert ran == []
    with time_limit(0.25), pytest.raises(TransactionOpen):
        shop.get_products(REQUEST)
    assert ran == ["guard"]
    shop.get_products(REQUEST)
    assert ran == ["guard", "guard", "implementation", "observer"]
