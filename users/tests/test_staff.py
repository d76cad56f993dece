from __future__ import annotations

from collections import Counter

import pytest

from tests.threads import all_at_once
from users.errors import NoEmail, NotStaff, PasswordRefused
from users.models import User
from users.services import ensure_staff, login, register
from users.tests.conftest import PASSWORD, Published

pytestmark = pytest.mark.django_db(databases=["users"])


def test_makes_a_staff_account_that_can_log_in(published: Published) -> None:
    created = ensure_staff(email="Owner@Shop.example", password=PASSWORD)

    user = User.objects.get()
    assert created
    assert (user.email, user.username, user.is_staff, user.is_superuser) == ("Owner@shop.example", "Owner", True, True)
    assert login(email="owner@shop.example", password=PASSWORD).expires_in == 900
    assert published() == [("user.registered", {"user_id": user.pk})]


def test_leaves_a_staff_account_and_its_password_as_they_are() -> None:
    ensure_staff(email="owner@shop.example", password=PASSWORD)

    assert not ensure_staff(email="OWNER@shop.example", password="another horse 9")
    assert User.objects.get().check_password(PASSWORD)


def test_never_promotes_a_customer_who_has_the_address(ada: User) -> None:
    with pytest.raises(NotStaff):
        ensure_staff(email="ada@example.com", password=PASSWORD)

    ada.refresh_from_db()
    assert not ada.is_staff


def test_finds_another_name_where_the_first_is_taken() -> None:
    register(username="owner", email="customer@example.com", password=PASSWORD)

    assert ensure_staff(email="owner@shop.example", password=PASSWORD)
    assert User.objects.get(is_staff=True).username.startswith("owner-")


@pytest.mark.parametrize("email", ["owner", "owner@", "öwner@shop.example", "a" * 250 + "@shop.example"])
def test_refuses_what_is_no_address(email: str) -> None:
    with pytest.raises(NoEmail):
        ensure_staff(email=email, password=PASSWORD)

    assert not User.objects.exists()


@pytest.mark.parametrize("password", ["12345", "password", "84736251", "owner@shop"])
def test_refuses_a_password_that_a_customer_could_not_have(password: str) -> None:
    with pytest.raises(PasswordRefused):
        ensure_staff(email="owner@shop.example", password=password)

    assert not User.objects.exists()


@pytest.mark.parametrize("local", ["a", "!#$", "very.long." * 6 + "x"])
def test_gives_every_address_a_username_within_the_rules(local: str) -> None:
    ensure_staff(email=f"{local}@shop.example", password=PASSWORD)

    User.objects.get().clean_fields()


@pytest.mark.django_db(databases=["users"], transaction=True)
def test_processes_that_start_at_once_make_one_account() -> None:
    made = all_at_once(4, lambda _: ensure_staff(email="owner@shop.example", password=PASSWORD), databases=["users"])

    assert Counter(made) == {True: 1, False: 3}
