"""What the tests of the orders start from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from contracts.ports import Ports, ports, using
from orders import services
from orders.selectors import OrderDetails
from orders.tests.fake_payments import FakePayments
from orders.tests.fakes import FakeInventory
from orders.tests.office import BOTH
from shopflow.back_office.tests.people import member
from users.models import User


@pytest.fixture
def inventory() -> Iterator[FakeInventory]:
    fake = FakeInventory()
    real = ports()
    with using(Ports(users=real.users, orders=real.orders, payments=FakePayments(), inventory=fake)):
        yield fake


@pytest.fixture
def payments(inventory: FakeInventory) -> FakePayments:
    fake = ports().payments
    assert isinstance(fake, FakePayments)
    return fake


@pytest.fixture
def ada() -> User:
    return User.objects.create_user(username="ada", email="ada@example.com")


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(member("orders", username="olga"))
    return client


@pytest.fixture
def order(inventory: FakeInventory, payments: FakePayments, ada: User) -> OrderDetails:
    """Of 78.00 EUR, paid: two lamps and three mugs."""
    return services.place_order(user_id=ada.pk, lines=BOTH, payment_method="pm_ok")
