"""Drafts are for staff: the shop neither shows nor sells nor changes them until they are published."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.inventory import GetProducts, ProductNotFound, StockLine
from inventory import services, stock
from inventory.errors import ProductChanged
from inventory.local import Inventory
from inventory.models import MovementKind, Product
from inventory.tests.clients import PRODUCTS, client, send
from inventory.tests.conftest import make_product, reservation_id

pytestmark = pytest.mark.django_db(databases=["inventory"])


@pytest.fixture
def draft() -> Product:
    return Product.objects.get(pk=services.create_product(name="Lamp", price=100, stock=3, draft=True))


def test_the_api_knows_no_drafts(draft: Product) -> None:
    one = f"{PRODUCTS}/{draft.pk}"
    staff = client(is_staff=True)
    assert staff.get(PRODUCTS).json() == staff.get(PRODUCTS, {"q": "lamp"}).json() == []
    answers = [staff.get(one), send(staff, "PATCH", one, {"name": "Mine"}), staff.delete(one)]
    answers.append(send(staff, "PUT", f"{one}/stock", {"quantity_change": 1}))
    assert {answer.status_code for answer in answers} == {404}
    draft.refresh_from_db()
    assert (draft.name, draft.status, draft.stock) == ("Lamp", "draft", 3)


def test_a_draft_is_not_sold(draft: Product) -> None:
    assert Inventory().get_products_on_sale(GetProducts(product_ids=(draft.pk,))).products == ()
    with pytest.raises(ProductNotFound):
        stock.reserve_stock(
            reservation_id=reservation_id(), lines=[StockLine(product_id=draft.pk, quantity=1)], ttl_seconds=60
        )


def test_its_opening_stock_is_in_its_ledger(draft: Product) -> None:
    assert list(draft.movements.values_list("delta", "kind")) == [(3, MovementKind.OPENING)]


@pytest.mark.parametrize("change", [{"name": "Mug"}, {"image_url": "https://example.com/a"}, {"low_stock_at": None}])
def test_staff_changes_a_draft_and_never_what_is_archived(draft: Product, change: Any) -> None:
    services.update_product(product_id=draft.pk, drafts=True, **change)
    services.archive_product(product_id=draft.pk, drafts=True)
    draft.refresh_from_db()
    assert (draft.status, {name: getattr(draft, name) for name in change}) == ("archived", change)
    with pytest.raises(ProductNotFound):
        services.update_product(product_id=draft.pk, drafts=True, **change)
    with pytest.raises(ProductNotFound):
        services.archive_product(product_id=draft.pk, drafts=True)


def test_publishing_is_a_change_that_a_form_opened_before_it_learns_of(draft: Product) -> None:
    services.publish_product(product_id=draft.pk)
    with pytest.raises(ProductChanged):
        services.update_product(product_id=draft.pk, unless_changed_since=draft.updated_at, drafts=True, name="Mine")


def test_what_is_archived_can_still_be_copied() -> None:
    product = make_product(name="Lamp")
    services.archive_product(product_id=product.pk)
    copy = Product.objects.get(pk=services.duplicate_product(product_id=product.pk))
    assert (copy.name, copy.status, copy.stock, copy.movements.count()) == ("Lamp (copy)", "draft", 0, 0)
    with pytest.raises(ProductNotFound):
        services.duplicate_product(product_id=987654321)
