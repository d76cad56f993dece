from __future__ import annotations

from typing import Any

import pytest

from inventory.models import Product
from inventory.tests.clients import PRODUCTS, client, send
from inventory.tests.conftest import make_product

pytestmark = pytest.mark.django_db(databases=["inventory"])
LAMP: dict[str, Any] = {"name": "Desk Lamp", "price": 25.5, "stock": 3}


@pytest.mark.parametrize(("rights", "statuses"), [
    (("catalogue",), (200, 403, 403, 201)),
    (("stock",), (403, 200, 403, 403)),
    (("catalogue", "stock"), (200, 200, 201, 201)),
    (("orders", "operations"), (403, 403, 403, 403)),
])  # fmt: skip
def test_each_right_is_for_its_own_changes(rights: tuple[str, ...], statuses: tuple[int, ...]) -> None:
    member = client(is_staff=True, rights=rights)
    product = make_product(stock_level=3)
    path = f"{PRODUCTS}/{product.pk}"

    answers = (
        send(member, "PATCH", path, {"price": 20}),
        send(member, "PUT", f"{path}/stock", {"quantity_change": 1}),
        send(member, "POST", PRODUCTS, LAMP),
        send(member, "POST", PRODUCTS, {**LAMP, "stock": 0}),
    )

    assert tuple(answer.status_code for answer in answers) == statuses


def test_staff_without_a_right_archive_nothing() -> None:
    product = make_product(stock_level=3)

    assert client(is_staff=True, rights=("stock",)).delete(f"{PRODUCTS}/{product.pk}").status_code == 403
    assert Product.objects.get().active
