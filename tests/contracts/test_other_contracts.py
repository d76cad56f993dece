"""What users and orders promise, over every transport."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from contracts.inventory import ReserveStock, StockLine
from contracts.orders import GetReservationClaims, OrderStatus, ReservationClaim, ReservationClaims
from contracts.ports import Ports
from contracts.users import MAX_USERS, FindUsers, GetUser, GetUsers, TooManyUsers, UserNotFound
from inventory.services import create_product
from orders import selectors, services
from users.models import User
from users.services import register

EVERYWHERE = ["users", "inventory", "orders", "payments"]
pytestmark = pytest.mark.django_db(databases=EVERYWHERE, transaction=True)

INT64_MAX = 2**63 - 1


def test_a_user_is_told_as_it_was_registered(transport: Ports) -> None:
    ada = register(username="Ådä", email="Ada@Example.com", password="correct horse 7")
    told = transport.users.get_user(GetUser(user_id=ada.pk))
    assert (told.user_id, told.username, told.email) == (ada.pk, "Ådä", ada.email)
    assert told.created_at == User.objects.get().created_at
    assert told.created_at.utcoffset() == timedelta(0)
    assert timedelta(0) <= datetime.now(UTC) - told.created_at < timedelta(seconds=30)


def test_a_closed_account_is_still_told(transport: Ports) -> None:
    ada = register(username="ada", email="ada@example.com", password="correct horse 7")
    User.objects.update(is_active=False)
    assert transport.users.get_user(GetUser(user_id=ada.pk)).username == "ada"


@pytest.mark.parametrize("user_id", [0, -1, 987_654_321, INT64_MAX, -INT64_MAX - 1])
def test_nobody_is_not_found(transport: Ports, user_id: int) -> None:
    with pytest.raises(UserNotFound) as refused:
        transport.users.get_user(GetUser(user_id=user_id))
    assert refused.value == UserNotFound(user_id=user_id)


def test_many_users_are_told_at_once_and_unknown_ones_left_out(transport: Ports) -> None:
    ada, bob = (
        register(username=name, email=f"{name}@x.example", password="correct horse 7") for name in ("ada", "bob")
    )
    told = transport.users.get_users(GetUsers(user_ids=(bob.pk, 987_654_321, ada.pk, bob.pk)))
    assert [(user.user_id, user.username, user.email) for user in told.users] == [
        (ada.pk, "ada", "ada@x.example"),
        (bob.pk, "bob", "bob@x.example"),
    ]
    assert transport.users.get_user(GetUser(user_id=ada.pk)) == told.users[0]


def test_more_users_than_one_request_may_ask_for_are_refused(transport: Ports) -> None:
    with pytest.raises(TooManyUsers) as refused:
        transport.users.get_users(GetUsers(user_ids=tuple(range(MAX_USERS + 1))))
    assert refused.value == TooManyUsers(limit=MAX_USERS)


def test_users_are_found_by_their_whole_names_whatever_the_case(transport: Ports) -> None:
    ada = register(username="Ådä", email="Ada@Example.com", password="correct horse 7")
    namesake = register(username="ada@example.com", email="other@example.com", password="correct horse 7")
    found = {
        name: [user.user_id for user in transport.users.find_users(FindUsers(name=name)).users]
        for name in (" ada@EXAMPLE.com ", "Ådä", "OTHER@example.com", "ada", "", " ", "\x00")
    }
    assert found == {
        " ada@EXAMPLE.com ": [ada.pk, namesake.pk],
        "Ådä": [ada.pk],
        "OTHER@example.com": [namesake.pk],
        "ada": [],
        "": [],
        " ": [],
        "\x00": [],
    }


def test_orders_tell_which_reservations_they_stand_on(transport: Ports) -> None:
    lamp = create_product(name="Lamp", price=2550, stock=10)
    kept, dropped = (services.place_order(user_id=7, lines=[StockLine(product_id=lamp, quantity=1)]) for _ in "ab")
    services.cancel_order(order_id=dropped.id, user_id=7)
    unclaimed = str(uuid.uuid4())
    request = ReserveStock(reservation_id=unclaimed, lines=(StockLine(product_id=lamp, quantity=1),))
    transport.inventory.reserve_stock(request)
    asked = (dropped.reservation_id, unclaimed, kept.reservation_id, kept.reservation_id)
    told = transport.orders.get_reservation_claims(GetReservationClaims(reservation_ids=asked))
    claims = {claim.reservation_id: claim for claim in told.claims}
    assert len(told.claims) == 2
    assert claims == {
        order.reservation_id: ReservationClaim(reservation_id=order.reservation_id, order_id=order.id, status=status)
        for order, status in ((kept, OrderStatus.CONFIRMED), (dropped, OrderStatus.CANCELLED))
    }
    assert selectors.get_order(order_id=kept.id, user_id=7) == kept


@pytest.mark.parametrize("ids", [(), ("no uuid",), ("\x00",), ("00000000-0000-0000-0000-000000000000",)])
def test_what_no_order_stands_on_is_left_out(transport: Ports, ids: tuple[str, ...]) -> None:
    assert transport.orders.get_reservation_claims(GetReservationClaims(reservation_ids=ids)) == ReservationClaims(
        claims=()
    )
