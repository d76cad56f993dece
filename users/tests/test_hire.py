from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from shopflow.back_office.tests.people import member
from users.errors import NotStaff
from users.models import User
from users.services import hire, login
from users.tests.conftest import PASSWORD, Published

pytestmark = pytest.mark.django_db(databases=["users"])


@pytest.fixture(autouse=True)
def _groups() -> None:
    member("catalogue", "stock", "orders", "operations")


def test_hires_staff_who_may_do_what_their_group_may(published: Published) -> None:
    assert hire(email="stock@shop.example", password=PASSWORD, group="stock")

    clerk = User.objects.get(email="stock@shop.example")
    assert (clerk.is_staff, clerk.is_superuser) == (True, False)
    assert [group.name for group in clerk.groups.all()] == ["stock"]
    assert published()[-1] == ("user.registered", {"user_id": clerk.pk})
    assert not hire(email="stock@shop.example", password="another horse 9", group="orders")


def test_hires_no_customer(ada: User) -> None:
    with pytest.raises(NotStaff):
        hire(email=ada.email, password=PASSWORD, group="stock")


def test_demo_staff_of_each_group_are_made_once_with_passwords_that_are_told() -> None:
    first, second = StringIO(), StringIO()
    call_command("seed_demo", staff=True, stdout=first)
    call_command("seed_demo", staff=True, stdout=second)

    lines = [line.split(" ") for line in first.getvalue().splitlines()]
    assert [email for email, _ in lines] == [
        f"{group}@shopflow.local" for group in ("catalogue", "stock", "orders", "operations")
    ]
    for email, password in lines:
        assert login(email=email, password=password).expires_in == 900
    assert second.getvalue().count("(is there already)") == 4
