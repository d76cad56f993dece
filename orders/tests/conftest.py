"""What the tests of the orders start from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from contracts.ports import Ports, ports, using
from orders.tests.fake_payments import FakePayments
from orders.tests.fakes import FakeInventory


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
