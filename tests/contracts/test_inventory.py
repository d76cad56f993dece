"""What the inventory's contract promises, over every transport, and of the fake that stands in for it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.errors import ContractError
from contracts.inventory import (
    MAX_LINES,
    CommitReservation,
    GetProducts,
    InvalidReservation,
    MixedCurrencies,
    OutOfStock,
    ProductNotFound,
    ReleaseReservation,
    ReservationClosed,
    ReservationDiffers,
    ReservationNotFound,
    ReservationState,
    ReservedLine,
    ReserveStock,
    StockLine,
    TooManyProducts,
)
from contracts.money import Money
from tests.contracts.stages import PRICE, Stage, stock_of

pytestmark = pytest.mark.django_db(databases=["inventory", "orders"], transaction=True)

INT64_MAX = 2**63 - 1
EUR = Money(currency="EUR", minor=PRICE)


def reserving(*lines: tuple[int, int], id: str | None = None, ttl_seconds: int = 900) -> ReserveStock:
    return ReserveStock(
        reservation_id=id or str(uuid.uuid4()),
        lines=tuple(StockLine(product_id=product, quantity=quantity) for product, quantity in lines),
        ttl_seconds=ttl_seconds,
    )


def refusal(stage: Stage, request: Any) -> ContractError:
    calls: dict[type, Callable[[Any], object]] = {
        ReserveStock: stage.service.reserve_stock,
        CommitReservation: stage.service.commit_reservation,
        ReleaseReservation: stage.service.release_reservation,
    }
    with pytest.raises(ContractError) as refused:
        calls[type(request)](request)
    return refused.value


def commit(stage: Stage, id: str) -> ReservationState:
    return stage.service.commit_reservation(CommitReservation(reservation_id=id)).state


def release(stage: Stage, id: str) -> ReservationState:
    return stage.service.release_reservation(ReleaseReservation(reservation_id=id)).state


def test_reserving_takes_the_stock_and_tells_names_and_prices_in_order_of_id(stage: Stage) -> None:
    lamp, mug = stage.product(stock=10), stage.product(stock=5)
    request = reserving((mug, 2), (lamp, 3))
    before = datetime.now(UTC)
    reservation = stage.service.reserve_stock(request)
    assert reservation.lines == (
        ReservedLine(product_id=lamp, quantity=3, name="10 lamps", unit_price=EUR),
        ReservedLine(product_id=mug, quantity=2, name="5 lamps", unit_price=EUR),
    )
    assert (reservation.reservation_id, reservation.state) == (request.reservation_id, ReservationState.HELD)
    assert timedelta(0) <= reservation.expires_at - before - timedelta(seconds=900) < timedelta(seconds=30)
    assert reservation.expires_at.utcoffset() == timedelta(0)
    assert (stock_of(stage, lamp), stock_of(stage, mug)) == (7, 3)


def test_lines_of_one_product_are_added_up(stage: Stage) -> None:
    lamp = stage.product(stock=10)
    reservation = stage.service.reserve_stock(reserving((lamp, 3), (lamp, 4)))
    assert [(line.product_id, line.quantity) for line in reservation.lines] == [(lamp, 7)]
    assert refusal(stage, reserving((lamp, 2), (lamp, 2))) == OutOfStock(product_id=lamp, requested=4, available=3)
    assert stock_of(stage, lamp) == 3


def test_reserving_again_gives_the_first_answer_and_takes_nothing(stage: Stage) -> None:
    lamp = stage.product(stock=10)
    request = reserving((lamp, 3), (lamp, 1))
    first = stage.service.reserve_stock(request)
    assert stage.service.reserve_stock(request) == first
    assert stage.service.reserve_stock(reserving((lamp, 4), id=request.reservation_id)) == first
    assert stock_of(stage, lamp) == 6


def test_reserving_again_what_is_committed_says_so(stage: Stage) -> None:
    lamp = stage.product(stock=10)
    request = reserving((lamp, 3))
    stage.service.reserve_stock(request)
    commit(stage, request.reservation_id)
    again = stage.service.reserve_stock(request)
    assert (again.state, stock_of(stage, lamp)) == (ReservationState.COMMITTED, 7)


def test_one_line_that_is_short_leaves_the_others_alone(stage: Stage) -> None:
    lamp, mug = stage.product(stock=10), stage.product(stock=5)
    wrong = refusal(stage, reserving((lamp, 3), (mug, 6)))
    assert wrong == OutOfStock(product_id=mug, requested=6, available=5)
    assert (stock_of(stage, lamp), stock_of(stage, mug)) == (10, 5)


def test_the_first_product_by_id_that_is_missing_is_named_before_any_that_is_short(stage: Stage) -> None:
    lamp = stage.product(stock=1)
    assert refusal(stage, reserving((lamp + 2, 1), (lamp + 1, 1), (lamp, 2))) == ProductNotFound(product_id=lamp + 1)
    assert refusal(stage, reserving((0, 1), (-5, 1))) == ProductNotFound(product_id=-5)


def test_an_archived_product_is_shown_but_not_sold(stage: Stage) -> None:
    lamp = stage.product(stock=10)
    stage.archive(lamp)
    assert refusal(stage, reserving((lamp, 1))) == ProductNotFound(product_id=lamp)
    (product,) = stage.service.get_products(GetProducts(product_ids=(lamp,))).products
    assert (product.active, product.stock) == (False, 10)


def test_other_lines_under_the_same_id_are_refused_even_if_they_could_not_be_had(stage: Stage) -> None:
    lamp, mug = stage.product(stock=10), stage.product(stock=5)
    id = stage.service.reserve_stock(reserving((lamp, 3))).reservation_id
    for lines in ([(lamp, 4)], [(lamp, 99)], [(mug, 3)], [(lamp, 3), (mug, 1)], [(mug + 1, 1)]):
        assert refusal(stage, reserving(*lines, id=id)) == ReservationDiffers(reservation_id=id)
    assert (stock_of(stage, lamp), stock_of(stage, mug)) == (7, 5)


@pytest.mark.parametrize(
    ("lines", "more", "field"),
    [
        ([], {}, "lines"),
        ([(1, 0)], {}, "lines"),
        ([(1, 2), (1, -1)], {}, "lines"),
        ([(1, INT64_MAX), (1, 1)], {}, "lines"),
        ([(1, 1)], {"ttl_seconds": 0}, "ttl_seconds"),
        ([(1, 1)], {"ttl_seconds": -INT64_MAX}, "ttl_seconds"),
        ([(1, 1)], {"ttl_seconds": INT64_MAX}, "ttl_seconds"),
        ([(1, 1)], {"id": "no uuid"}, "reservation_id"),
        ([(1, 1)], {"id": "urn:uuid:9dd0ae36-9d43-42fb-9f1e-1f9a8b7f0e6d"}, "reservation_id"),
        ([(1, 1)], {"id": "9DD0AE36-9D43-42FB-9F1E-1F9A8B7F0E6D"}, "reservation_id"),
    ],
)
def test_what_makes_no_sense_is_refused_by_the_name_of_its_field(
    stage: Stage, lines: list[tuple[int, int]], more: dict[str, Any], field: str
) -> None:
    lamp = stage.product(stock=10)
    wrong = refusal(stage, reserving(*((lamp, quantity) for _, quantity in lines), **more))
    assert isinstance(wrong, InvalidReservation)
    assert wrong.field == field
    assert stock_of(stage, lamp) == 10


def test_quantities_and_ids_may_be_as_large_as_the_contract_says(stage: Stage) -> None:
    lamp = stage.product(stock=10)
    request = reserving((lamp, INT64_MAX))
    assert refusal(stage, request) == OutOfStock(product_id=lamp, requested=INT64_MAX, available=10)
    assert refusal(stage, reserving((INT64_MAX, 1))) == ProductNotFound(product_id=INT64_MAX)
    assert refusal(stage, reserving((-INT64_MAX, 1))) == ProductNotFound(product_id=-INT64_MAX)
    assert stage.service.get_products(GetProducts(product_ids=(INT64_MAX, -INT64_MAX))).products == ()


def test_committing_is_final_and_can_be_repeated(stage: Stage) -> None:
    lamp = stage.product(stock=10)
    id = stage.service.reserve_stock(reserving((lamp, 3))).reservation_id
    assert [commit(stage, id), commit(stage, id)] == [ReservationState.COMMITTED] * 2
    stage.expire(id)
    assert commit(stage, id) is ReservationState.COMMITTED
    assert stock_of(stage, lamp) == 7


@pytest.mark.parametrize("committed", ["held", "committed"])
def test_releasing_puts_the_stock_back_exactly_once(stage: Stage, committed: str) -> None:
    lamp = stage.product(stock=10)
    request = reserving((lamp, 3))
    id = stage.service.reserve_stock(request).reservation_id
    if committed == "committed":
        commit(stage, id)
    assert [release(stage, id), release(stage, id)] == [ReservationState.RELEASED] * 2
    closed = ReservationClosed(reservation_id=id, state=ReservationState.RELEASED)
    assert refusal(stage, CommitReservation(reservation_id=id)) == closed
    assert refusal(stage, request) == closed
    assert stock_of(stage, lamp) == 10


def test_what_has_expired_stays_so(stage: Stage) -> None:
    lamp = stage.product(stock=10)
    request = reserving((lamp, 3))
    id = stage.service.reserve_stock(request).reservation_id
    stage.expire(id)
    closed = ReservationClosed(reservation_id=id, state=ReservationState.EXPIRED)
    assert refusal(stage, CommitReservation(reservation_id=id)) == closed
    assert refusal(stage, request) == closed
    assert refusal(stage, reserving((lamp, 4), id=id)) == ReservationDiffers(reservation_id=id)
    assert release(stage, id) is ReservationState.EXPIRED
    assert stock_of(stage, lamp) == 10


@pytest.mark.parametrize("id", ["", "no uuid", "00000000-0000-0000-0000-000000000000", "\x00", "urn:uuid:" + "0" * 32])
def test_what_was_never_reserved_is_not_found(stage: Stage, id: str) -> None:
    assert refusal(stage, CommitReservation(reservation_id=id)) == ReservationNotFound(reservation_id=id)
    assert refusal(stage, ReleaseReservation(reservation_id=id)) == ReservationNotFound(reservation_id=id)


def test_a_reservation_in_two_currencies_is_refused_and_takes_nothing(stage: Stage) -> None:
    lamp, imported = stage.product(stock=10), stage.product(stock=5, currency="USD")
    assert refusal(stage, reserving((lamp, 1), (imported, 1))) == MixedCurrencies(currencies="EUR,USD")
    assert (stock_of(stage, lamp), stock_of(stage, imported)) == (10, 5)


def test_products_come_in_order_of_id_and_each_once(stage: Stage) -> None:
    lamp, mug = stage.product(stock=10), stage.product(stock=5)
    found = stage.service.get_products(GetProducts(product_ids=(mug, lamp, mug, mug + 1))).products
    assert [(product.product_id, product.stock, product.price) for product in found] == [(lamp, 10, EUR), (mug, 5, EUR)]
    assert stage.service.get_products(GetProducts(product_ids=())).products == ()


def test_what_is_archived_is_told_but_is_not_on_sale(stage: Stage) -> None:
    lamp, mug = stage.product(stock=10), stage.product(stock=5)
    stage.archive(lamp)
    request = GetProducts(product_ids=(mug, lamp))
    told = [(product.product_id, product.active) for product in stage.service.get_products(request).products]
    assert told == [(lamp, False), (mug, True)]
    on_sale = stage.service.get_products_on_sale(request).products
    assert on_sale == stage.service.get_products(GetProducts(product_ids=(mug,))).products


@pytest.mark.parametrize("asked", ["get_products", "get_products_on_sale"])
def test_no_more_products_are_told_at_once_than_an_order_may_have(stage: Stage, asked: str) -> None:
    lamp = stage.product(stock=10)
    ask = getattr(stage.service, asked)
    assert [product.product_id for product in ask(GetProducts(product_ids=(lamp,) * MAX_LINES)).products] == [lamp]
    for number in (MAX_LINES + 1, 100_000):
        with pytest.raises(TooManyProducts) as refused:
            ask(GetProducts(product_ids=tuple(range(number))))
        assert refused.value == TooManyProducts(limit=MAX_LINES)
