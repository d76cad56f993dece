"""The news of confirmed orders makes their reservations final, many by one statement."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest

from contracts.events import OrderConfirmed
from contracts.inventory import ReservationClosed, ReservationNotFound
from contracts.messaging import Envelope
from inventory import stock
from inventory.handlers import HANDLERS
from inventory.models import Reservation
from inventory.tests.conftest import NewProduct, line, reservation_id
from shopflow.messaging.inbox import InlineSink

pytestmark = pytest.mark.django_db(databases=["inventory"])


def confirmed(reservation: str) -> Envelope[OrderConfirmed]:
    event = OrderConfirmed(order_id=1, user_id=7, reservation_id=reservation, total=100, currency="EUR")
    return Envelope(event_id=str(uuid.uuid4()), occurred_at=datetime.now(UTC), headers={}, event=event)


def tell(*reservations: str) -> list[type[Exception]]:
    """Returns what failed."""
    failures = InlineSink({"inventory": HANDLERS}).deliver([confirmed(id) for id in reservations])
    return [type(error) for error in failures.values()]


def state_of(reservation: str) -> str:
    return Reservation.objects.get(id=reservation).state


@pytest.fixture
def held(new_product: NewProduct) -> list[str]:
    lamp, ids = new_product(), [reservation_id() for _ in range(5)]
    for id in ids:
        stock.reserve_stock(reservation_id=id, lines=[line(lamp, 1)], ttl_seconds=900)
    return ids


def test_a_batch_takes_one_statement(held: list[str], django_assert_num_queries: object) -> None:
    with django_assert_num_queries(1, using="inventory"):  # type: ignore[operator]
        assert stock.commit_held(reservation_ids=held) == set(held)
    assert {state_of(id) for id in held} == {"committed"}


def test_what_is_committed_already_stays_so(held: list[str]) -> None:
    assert tell(held[0]) == []
    assert tell(*held[:2]) == []
    assert [state_of(id) for id in held[:3]] == ["committed", "committed", "held"]


def test_a_cancellation_that_was_faster_holds_up_no_other(held: list[str]) -> None:
    stock.release_reservation(reservation_id=held[0])
    assert tell(*held) == []
    assert [state_of(id) for id in held] == ["released", *["committed"] * 4]


def test_what_cannot_be_committed_fails_alone(held: list[str]) -> None:
    Reservation.objects.filter(id=held[0]).update(state="expired")
    assert tell(held[0], reservation_id(), *held[1:]) == [ReservationClosed, ReservationNotFound]
    assert [state_of(id) for id in held] == ["expired", *["committed"] * 4]
