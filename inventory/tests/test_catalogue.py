"""What is written of products, and that nothing of it is lost or left half done."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connections, transaction
from django.test.utils import CaptureQueriesContext

from contracts.inventory import ProductNotFound
from inventory import selectors, services
from inventory.errors import ProductChanged, SkuTaken
from inventory.models import MovementKind, Product
from inventory.stock import adjust_stock
from inventory.tests.conftest import make_product
from shopflow.messaging.models import OutboxEvent

pytestmark = pytest.mark.django_db(databases=["inventory"])


def events_of(product_id: int) -> list[str]:
    outbox = OutboxEvent.objects.using("inventory").filter(aggregate_id=f"product:{product_id}").order_by("id")
    return list(outbox.values_list("type", flat=True))


def test_a_new_product_has_its_opening_stock_in_the_ledger_and_its_events_in_the_outbox() -> None:
    product_id = services.create_product(name="Desk Lamp", price=2550, stock=3, actor_id=7)
    movement = Product.objects.get(id=product_id).movements.get()
    assert (movement.delta, movement.kind, movement.actor_id) == (3, MovementKind.OPENING, 7)
    assert events_of(product_id) == ["product.created", "stock.adjusted"]


def test_a_new_product_without_stock_has_an_empty_ledger() -> None:
    product_id = services.create_product(name="Desk Lamp", price=2550, stock=0)
    assert not Product.objects.get(id=product_id).movements.exists()
    assert events_of(product_id) == ["product.created"]


@pytest.mark.parametrize(
    ("name", "prefix"), [("Desk Lamp", "DESK-"), ("Æ", "ITEM-"), ("C", "C-"), ("3-way plug", "3WAY-")]
)
def test_a_made_sku_begins_like_the_name(name: str, prefix: str) -> None:
    sku = services.new_sku(name)
    assert sku.startswith(prefix)
    assert len(sku) == len(prefix) + 8


def test_two_products_of_one_name_get_different_skus() -> None:
    ids = [services.create_product(name="Desk Lamp", price=1, stock=0) for _ in range(2)]
    assert len(set(Product.objects.filter(id__in=ids).values_list("sku", flat=True))) == 2


def test_refuses_a_sku_that_is_taken_and_leaves_nothing_behind() -> None:
    services.create_product(name="Lamp", price=1, stock=0, sku="LAMP-1")
    events = OutboxEvent.objects.using("inventory").count()
    with pytest.raises(SkuTaken) as refused:
        services.create_product(name="Other", price=1, stock=5, sku="LAMP-1")
    assert refused.value == SkuTaken(sku="LAMP-1")
    assert not Product.objects.filter(name="Other").exists()
    assert OutboxEvent.objects.using("inventory").count() == events


def test_a_product_keeps_its_sku_when_another_one_has_the_wanted_one() -> None:
    services.create_product(name="Lamp", price=1, stock=0, sku="LAMP-1")
    other = services.create_product(name="Other", price=1, stock=0, sku="LAMP-2")
    with pytest.raises(SkuTaken):
        services.update_product(product_id=other, sku="LAMP-1")
    assert Product.objects.get(id=other).sku == "LAMP-2"
    assert events_of(other) == ["product.created"]


def test_another_broken_invariant_is_not_taken_for_a_sku() -> None:
    with pytest.raises(IntegrityError, match="price_never_negative"):
        services.create_product(name="sku_is_unique", price=-1, stock=0)


def test_a_change_touches_what_is_given_and_nothing_else() -> None:
    product_id = services.create_product(name="Lamp", price=100, stock=4, category="Home")
    before = Product.objects.get(id=product_id)
    services.update_product(product_id=product_id, price=200)
    after = Product.objects.get(id=product_id)
    assert (after.price, after.name, after.category, after.stock) == (200, "Lamp", "Home", 4)
    assert after.updated_at > before.updated_at
    assert events_of(product_id)[-1] == "product.updated"


def test_a_change_for_a_product_as_it_was_is_refused_once_it_is_another() -> None:
    product = make_product(name="Lamp")
    services.update_product(product_id=product.pk, name="Better", unless_changed_since=product.updated_at)
    with pytest.raises(ProductChanged) as refused:
        services.update_product(product_id=product.pk, name="Worse", unless_changed_since=product.updated_at)
    assert refused.value == ProductChanged(product_id=product.pk)
    assert Product.objects.get().name == "Better"
    assert events_of(product.pk).count("product.updated") == 1
    services.archive_product(product_id=product.pk)
    with pytest.raises(ProductNotFound):
        services.update_product(product_id=product.pk, name="Worse", unless_changed_since=product.updated_at)


def test_the_database_knows_the_currencies() -> None:
    product = make_product()
    with pytest.raises(IntegrityError, match="currency_is_known"):
        Product.objects.filter(id=product.pk).update(currency="JPY")


def test_an_archived_product_is_gone_for_everyone_who_asks_by_id_to_sell_it() -> None:
    product = make_product()
    services.archive_product(product_id=product.pk)
    assert events_of(product.pk)[-1] == "product.archived"
    with pytest.raises(ProductNotFound):
        selectors.get_product(product_id=product.pk)
    for refused in (
        lambda: services.archive_product(product_id=product.pk),
        lambda: services.update_product(product_id=product.pk, name="Back"),
        lambda: adjust_stock(product_id=product.pk, delta=1, kind=MovementKind.ADJUSTMENT),
    ):
        with pytest.raises(ProductNotFound):
            refused()


def test_products_by_id_are_in_order_and_archived_ones_are_among_them() -> None:
    first, second, third = (make_product(stock_level=0) for _ in range(3))
    services.archive_product(product_id=second.pk)
    found = selectors.products_by_id([third.pk, second.pk, first.pk, 2**62])
    assert [product.pk for product in found] == [first.pk, second.pk, third.pk]


def test_saving_a_product_read_earlier_does_not_bring_old_stock_back() -> None:
    product = make_product(stock_level=10)
    adjust_stock(product_id=product.pk, delta=-4, kind=MovementKind.ADJUSTMENT)
    product.name = "Renamed"
    with CaptureQueriesContext(connections["inventory"]) as queries:
        product.save()
    assert '"stock"' not in queries[0]["sql"]
    stored = Product.objects.get(id=product.pk)
    assert (stored.name, stored.stock) == ("Renamed", 6)


def test_the_database_refuses_a_second_product_with_the_same_sku() -> None:
    product = make_product()
    with pytest.raises(IntegrityError, match="sku_is_unique"), transaction.atomic(using="inventory"):
        Product.objects.create(sku=product.sku, name="Twin", price=1)
