"""Any value that a contract allows, built from the annotations of its dataclasses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import is_dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

from hypothesis import strategies as st

from contracts.base import Contract, Method
from contracts.inventory import InventoryService
from contracts.money import CURRENCIES, Money
from contracts.orders import OrdersService
from contracts.payments import PaymentsService
from contracts.transport.shapes import Shape, shapes_of
from contracts.users import UsersService

CONTRACTS: tuple[type[Contract], ...] = (UsersService, InventoryService, OrdersService, PaymentsService)

INT64 = st.integers(-(2**63), 2**63 - 1)
OFFSETS = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    int: INT64,
    str: st.text(max_size=40),
    bool: st.booleans(),
    datetime: st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=OFFSETS | st.just(UTC)),  # noqa: DTZ001
    Money: st.builds(Money, currency=st.sampled_from(sorted(CURRENCIES)), minor=INT64),
}


def methods() -> list[Method]:
    return [method for contract in CONTRACTS for method in contract.methods.values()]


def records() -> list[type]:
    """Every dataclass that crosses a contract, the nested ones too."""
    found: dict[type, None] = {}
    for method in methods():
        for cls in (method.request, method.response):
            found.update(dict.fromkeys(_with_nested(cls)))
    return list(found)


def _with_nested(cls: type) -> Iterator[type]:
    yield cls
    for shape in shapes_of(cls).values():
        if is_dataclass(shape.of):
            yield from _with_nested(shape.of)


def values_of(cls: type) -> st.SearchStrategy[Any]:
    if cls in PLAIN:
        return PLAIN[cls]
    if issubclass(cls, StrEnum):
        return st.sampled_from(cls)
    return st.builds(cls, **{name: _shaped(shape) for name, shape in shapes_of(cls).items()})


def _shaped(shape: Shape) -> st.SearchStrategy[Any]:
    values = values_of(shape.of)
    if shape.many:
        return st.lists(values, max_size=4).map(tuple)
    return st.none() | values if shape.optional else values
