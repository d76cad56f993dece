"""What a refund brings back can be sold again, once."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest

from contracts.events import OrderRefunded
from contracts.messaging import Envelope
from inventory import stock
from inventory.handlers import take_back
from inventory.models import StockMovement
from inventory.tests.conftest import NewProduct
from tests.threads import all_at_once

REFUND = "1c2f0f9e-33ad-4a8e-9f35-0d5c5a1f7f01"
pytestmark = pytest.mark.django_db(databases=["inventory"])


def refunded(*lines: tuple[int, int], restock: bool = True) -> Envelope[OrderRefunded]:
    event = OrderRefunded(
        order_id=1, user_id=7, refund_id=REFUND, amount=0, currency="EUR", lines=lines, restock=restock, whole=False
    )
    return Envelope(event_id=str(uuid.uuid4()), occurred_at=datetime.now(UTC), headers={}, event=event)


def returns() -> list[tuple[int, int, str]]:
    found = StockMovement.objects.filter(kind="return").order_by("product_id")
    return list(found.values_list("product_id", "delta", "reference"))


def test_a_refund_puts_its_lines_back_with_its_id_in_the_ledger(new_product: NewProduct) -> None:
    lamp, mug = new_product(), new_product(active=False)
    take_back(refunded((mug.pk, 2), (lamp.pk, 1)))
    lamp.refresh_from_db()
    mug.refresh_from_db()
    assert (lamp.stock, mug.stock) == (11, 12)
    assert returns() == [(lamp.pk, 1, REFUND), (mug.pk, 2, REFUND)]


def test_what_cannot_be_sold_again_stays_away(new_product: NewProduct) -> None:
    lamp = new_product()
    take_back(refunded((lamp.pk, 1), restock=False))
    lamp.refresh_from_db()
    assert (lamp.stock, returns()) == (10, [])


def test_a_return_takes_one_statement(new_product: NewProduct, django_assert_num_queries: object) -> None:
    lines = [(new_product().pk, 1) for _ in range(5)]
    with django_assert_num_queries(1, using="inventory"):  # type: ignore[operator]
        assert stock.take_back(refund_id=REFUND, lines=lines) == 5


@pytest.mark.django_db(databases=["inventory"], transaction=True)
def test_a_refund_told_by_ten_at_once_comes_back_once(new_product: NewProduct) -> None:
    products = [new_product() for _ in range(4)]

    def tell(number: int) -> int:
        lines = [(product.pk, 3) for product in (products if number % 2 else products[::-1])]
        return stock.take_back(refund_id=REFUND, lines=lines)

    assert sorted(all_at_once(10, tell, databases=["inventory"])) == [0] * 9 + [4]
    for product in products:
        product.refresh_from_db()
    assert [product.stock for product in products] == [13] * 4
    assert len(returns()) == 4
