"""What an observer is told of the bytes that a call takes."""

from __future__ import annotations

import pytest

from contracts.base import Method
from contracts.errors import ContractError
from contracts.inventory import GetProducts, OutOfStock, Products, ReserveStock
from contracts.tests.fakes import NOTHING, REQUEST, RESERVE, Answer, both_modes, client, nothing, raising
from contracts.transport.codec import codec_of
from contracts.transport.errors import to_status
from contracts.transport.hooks import Hooks
from contracts.transport.interceptors import WEIGHED
from contracts.transport.sizes import Sizes

SIZES = (len(codec_of(GetProducts).encode(REQUEST)), len(codec_of(Products).encode(NOTHING)))
SOLD_OUT = OutOfStock(product_id=1, requested=2, available=0)


def telling(told: list[Sizes | None]) -> Hooks:
    def observe(method: Method, seconds: float, outcome: str, sizes: Sizes | None) -> None:
        told.append(sizes)

    return Hooks(observer=observe)


def told_of(answer: Answer, calls: int, *, strict: bool) -> list[Sizes | None]:
    told: list[Sizes | None] = []
    shop = client(answer, strict=strict, hooks=telling(told))
    for _ in range(calls):
        shop.get_products(REQUEST)
    return told


def test_the_sizes_of_these_messages_are_what_protobuf_makes_of_them() -> None:
    assert SIZES == (4, 0)  # two ids, packed: tag, length, one byte each; and no product


def test_of_calls_through_the_codec_each_size_is_known() -> None:
    assert told_of(nothing, 3, strict=True) == [SIZES] * 3


def test_of_plain_calls_one_in_64_is_weighed() -> None:
    assert WEIGHED == 64
    assert told_of(nothing, 129, strict=False) == [SIZES, *[None] * 63] * 2 + [SIZES]


@pytest.mark.parametrize(
    ("strict", "response"),
    [(False, None), (True, to_status(SOLD_OUT).ByteSize())],
    ids=["fast", "strict"],
)
def test_a_refusal_has_the_size_of_its_status_where_one_is_sent(response: int | None, *, strict: bool) -> None:
    told: list[Sizes | None] = []
    shop = client(raising(SOLD_OUT), strict=strict, hooks=telling(told))
    with pytest.raises(ContractError):
        shop.reserve_stock(RESERVE)
    request = len(codec_of(ReserveStock).encode(RESERVE))
    assert told == [None if response is None else (request, response)]


@both_modes
def test_a_call_inside_a_call_keeps_its_sizes_to_itself(*, strict: bool) -> None:
    told: list[Sizes | None] = []
    inner: list[Sizes | None] = []
    within = client(nothing, strict=True, hooks=telling(inner))
    other = GetProducts(product_ids=(1, 2, 3, 4))

    def answer(_: object) -> Products:
        return within.get_products(other)

    client(answer, strict=strict, hooks=telling(told)).get_products(REQUEST)
    assert inner == [(6, 0)]
    assert told == [SIZES]


def test_what_cannot_be_sent_has_no_size_and_is_still_answered() -> None:
    answer = object()
    told: list[Sizes | None] = []
    shop = client(lambda _: answer, strict=False, hooks=telling(told))
    assert shop.get_products(REQUEST) is answer
    assert told == [None]
