from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given, strategies as st

from contracts.inventory import GetProducts, Product, Reservation, ReservationState, ReserveStock, StockLine
from contracts.money import Money
from contracts.tests.strategies import records, values_of
from contracts.transport.agreement import message_of
from contracts.transport.codec import codec_of
from contracts.transport.shapes import Shape, shapes_of
from contracts.users import GetUser, User

MOMENT = datetime(2026, 2, 28, 23, 59, 59, 999_999, tzinfo=UTC)
SAMPLES: dict[Any, Any] = {int: 1, str: "a", bool: True, datetime: MOMENT}
WRONG: dict[Any, list[Any]] = {
    int: [1.0, True, "1", None, 2**63, -(2**63) - 1],
    str: [1, b"a", None, ReservationState.HELD, "half a pair: \ud800"],
    bool: [1, "true", None],
    datetime: [
        "2026-02-28",
        MOMENT.timestamp(),
        MOMENT.date(),
        MOMENT.replace(tzinfo=None),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=1))),
        None,
    ],
}
CODED = [cls for cls in records() if cls is not Money]


def sample(cls: type) -> Any:
    if cls in SAMPLES:
        return SAMPLES[cls]
    if cls is Money:
        return Money(currency="EUR", minor=1)
    if issubclass(cls, StrEnum):
        return next(iter(cls))
    return cls(**{name: (sample(s.of),) if s.many else sample(s.of) for name, s in shapes_of(cls).items()})


def wrong_values(shape: Shape) -> Iterator[Any]:
    one = WRONG.get(shape.of) or [str(sample(shape.of)), None, sample(StockLine if shape.of is Money else Money)]
    if not shape.many:
        yield from (value for value in one if not (shape.optional and value is None))
        return
    yield from ([], [sample(shape.of)], {}, None, sample(shape.of))
    yield from ((sample(shape.of), value) for value in one)


BAD = [
    pytest.param(cls, name, value, id=f"{cls.__name__}.{name}={value!r:.40}".encode("ascii", "replace").decode())
    for cls in CODED
    for name, shape in shapes_of(cls).items()
    for value in wrong_values(shape)
]


@pytest.mark.parametrize("cls", records(), ids=lambda cls: cls.__name__)
@given(data=st.data())
def test_every_value_of_every_contract_comes_back_exactly(cls: type, data: st.DataObject) -> None:
    value = data.draw(values_of(cls))
    codec = codec_of(cls)
    back = codec.decode(codec.encode(value))
    assert back == value
    assert type(back) is cls


@pytest.mark.parametrize(("cls", "name", "value"), BAD)
def test_a_value_of_another_type_is_refused_by_the_name_of_its_field(cls: type, name: str, value: Any) -> None:
    bad = replace(sample(cls), **{name: value})
    with pytest.raises(TypeError, match=rf"^{cls.__name__}\.{name} must "):
        codec_of(cls).encode(bad)


def test_another_request_than_the_declared_one_is_refused() -> None:
    with pytest.raises(TypeError, match=r"^the value must be GetUser, not GetProducts$"):
        codec_of(GetUser).encode(GetProducts(product_ids=()))


def test_the_wrong_field_of_a_nested_value_is_named() -> None:
    lines = (StockLine(product_id=1, quantity=2.0),)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"^StockLine\.quantity must be int, not float$"):
        codec_of(ReserveStock).encode(ReserveStock(reservation_id="r", lines=lines))


def test_the_error_does_not_repeat_the_value() -> None:
    secret: Any = b"jane@example.org"
    user = User(user_id=1, username="jane", email=secret, created_at=MOMENT)
    with pytest.raises(TypeError) as caught:
        codec_of(User).encode(user)
    assert str(caught.value) == "User.email must be str, not bytes"


@pytest.mark.parametrize(
    "moment",
    [
        MOMENT,
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        MOMENT.astimezone(timezone(timedelta(hours=-9, minutes=-30))),
    ],
)
def test_a_moment_keeps_its_microseconds_and_comes_back_in_utc(moment: datetime) -> None:
    codec = codec_of(User)
    back = codec.decode(codec.encode(User(user_id=1, username="a", email="b", created_at=moment)))
    assert back.created_at == moment
    assert back.created_at.tzinfo is UTC


def test_a_peer_s_nanoseconds_are_cut() -> None:
    message = message_of(User)(created_at=Timestamp(seconds=0, nanos=1_999))
    assert codec_of(User).from_message(message).created_at == datetime(1970, 1, 1, microsecond=1, tzinfo=UTC)


def test_a_peer_s_moment_beyond_the_calendar_is_refused() -> None:
    message = message_of(User)(created_at=Timestamp(seconds=253_402_300_800))
    with pytest.raises(ValueError, match=r"^User\.created_at lies outside"):
        codec_of(User).from_message(message)


def test_a_field_unknown_here_is_passed_over() -> None:
    codec = codec_of(GetUser)
    field_99_varint_5 = b"\x98\x06\x05"
    assert codec.decode(codec.encode(GetUser(user_id=7)) + field_99_varint_5) == GetUser(user_id=7)


@pytest.mark.parametrize("number", [0, 99])
def test_a_state_unknown_here_is_refused(number: int) -> None:
    message = message_of(Reservation)(reservation_id="r", state=number, expires_at=Timestamp())
    with pytest.raises(ValueError, match=rf"^Reservation\.state has the unknown value {number}$"):
        codec_of(Reservation).from_message(message)


def test_a_message_that_must_be_there_is_missed() -> None:
    with pytest.raises(ValueError, match=r"^Product\.price is missing$"):
        codec_of(Product).from_message(message_of(Product)(product_id=1))


def test_a_codec_is_compiled_once() -> None:
    assert codec_of(GetUser) is codec_of(GetUser)
