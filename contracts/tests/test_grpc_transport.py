"""What a call over gRPC gives and raises, where it is answered."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import pytest
from hypothesis import given

from contracts.base import Contract, rpc
from contracts.errors import (
    ContractError,
    DeadlineExceeded,
    Internal,
    OutcomeUnknown,
    PeerUnavailable,
)
from contracts.inventory import GetProducts, OutOfStock, Products, Reservation, ReserveStock
from contracts.tests.fakes import raising
from contracts.tests.grpc_shop import (
    LOOK,
    NAME,
    PRODUCTS,
    SOLD,
    Keeper,
    Shop,
    call,
    calling,
    error_of,
    every_method,
    opened,
    serving,
)
from contracts.tests.strategies import values_of
from contracts.transport.grpc_client import grpc_client
from contracts.transport.hooks import Hooks
from contracts.transport.peer import FAILURES_BEFORE_REST, Peer

PRIVATE = "jane@example.org"


class DatabaseLost(Exception):
    """As a database driver raises it."""


def test_the_client_is_the_contract() -> None:
    with calling(1) as shop:
        assert isinstance(shop, Shop)


def test_whatever_is_asked_and_answered_arrives_equal() -> None:
    keeper = Keeper()
    with serving(keeper) as (_, port), calling(port) as shop:

        @given(values_of(ReserveStock), values_of(Reservation))
        def equal(request: ReserveStock, response: Reservation) -> None:
            keeper.answer = lambda _: response
            assert shop.sell(request) == response
            assert keeper.asked[-1] == request

        equal()


def test_every_refusal_that_is_declared_arrives_as_it_was_raised() -> None:
    keeper = Keeper()
    with serving(keeper) as (_, port), calling(port) as shop:

        @given(values_of(OutOfStock))
        def equal(refusal: OutOfStock) -> None:
            keeper.answer = raising(refusal)
            assert error_of(shop, "sell") == refusal

        equal()


@pytest.mark.parametrize(
    "failure",
    [DeadlineExceeded(method="m"), PeerUnavailable(peer="users"), OutcomeUnknown(method="m"), Internal(method="m")],
    ids=lambda failure: failure.code,
)
@every_method
def test_the_failure_of_a_call_further_in_passes_as_it_is(name: str, failure: ContractError) -> None:
    with serving(Keeper(raising(failure))) as (_, port), calling(port) as shop:
        assert error_of(shop, name) == failure


def test_a_response_that_cannot_be_sent_is_the_implementation_s_fault() -> None:
    products: Any = []
    with serving(Keeper(lambda _: Products(products=products))) as (_, port), calling(port) as shop:
        assert error_of(shop, "look") == Internal(method=f"{NAME}/look")


def test_a_request_that_cannot_be_sent_is_its_sender_s_mistake() -> None:
    ids: Any = [1]
    keeper = Keeper()
    with serving(keeper) as (_, port), calling(port) as shop:
        with pytest.raises(TypeError, match=r"^GetProducts\.product_ids must be tuple, not list$"):
            shop.look(GetProducts(product_ids=ids))
        assert keeper.asked == []


def test_a_method_that_the_peer_does_not_have_is_a_fault_between_the_two(caplog: pytest.LogCaptureFixture) -> None:
    class Newer(Contract, package="shopflow.tests.v1"):
        @rpc(read_only=True)
        @abstractmethod
        def peek(self, request: GetProducts) -> Products: ...

    with serving(Keeper()) as (_, port):
        peer = Peer("shop", lambda: opened(port))
        with pytest.raises(Internal) as caught:
            grpc_client(Newer, peer, hooks=Hooks()).peek(LOOK)
        peer.close()
    assert caught.value == Internal(method="shopflow.tests.v1.Newer/peek")
    assert "answered with an error that is not understood: code 12" in caplog.text


def test_an_answer_too_large_to_receive_came_from_a_call_that_ran() -> None:
    """And it was an answer: one that is too large does not close the way for the others."""
    limit = [("grpc.max_receive_message_length", 100)]
    keeper = Keeper(raising(ZeroDivisionError()))
    with serving(keeper) as (_, port), calling(opened(port, limit)) as shop:
        keeper.answer = lambda request: PRODUCTS if request == LOOK else large()
        for _ in range(FAILURES_BEFORE_REST + 1):
            assert error_of(shop, "sell") == OutcomeUnknown(method=f"{NAME}/sell")
        assert call(shop, "look") == PRODUCTS
        keeper.answer = None
        assert call(shop, "sell") == SOLD


def large() -> Reservation:
    return Reservation(reservation_id="r" * 1000, state=SOLD.state, expires_at=SOLD.expires_at, lines=())


@every_method
def test_a_lost_database_means_that_only_a_read_never_ran(name: str) -> None:
    hooks = Hooks(unavailable=(DatabaseLost,))
    with serving(Keeper(raising(DatabaseLost())), hooks=hooks) as (_, port), calling(port) as shop:
        assert error_of(shop, name) == (
            PeerUnavailable(peer=NAME) if name == "look" else OutcomeUnknown(method=f"{NAME}/{name}")
        )
