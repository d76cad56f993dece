"""`inventory.InventoryService`, asked by a client that was generated from the first ShopFlow's messages."""

from __future__ import annotations

import pytest
from django.db import connections

from inventory import services
from inventory.models import MovementKind, Product, StockMovement
from inventory.stock import adjust_stock
from tests.compat.client import Ask, Fields, Refusal

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True, databases=["inventory"])]

MOST = 2**31 - 1
UNKNOWN = [0, -1, MOST, -MOST - 1]


def new_product(*, stock: int = 10, price: int = 2550) -> int:
    return services.create_product(name="Lamp", description="Brass.", price=price, stock=stock)


def archived_product() -> int:
    product_id = new_product()
    services.archive_product(product_id=product_id)
    return product_id


def with_more_than_an_int32() -> int:
    product_id = new_product(stock=MOST)
    adjust_stock(product_id=product_id, delta=MOST, kind=MovementKind.ADJUSTMENT)
    return product_id


def stock_of(product_id: int) -> int:
    return Product.objects.get(id=product_id).stock


def ledger(product_id: int) -> list[tuple[int, str, str]]:
    """What came after the opening."""
    rows = StockMovement.objects.filter(product_id=product_id).order_by("id")
    return list(rows.values_list("delta", "kind", "reason"))[1:]


def not_found(product_id: int) -> Refusal:
    return Refusal("NOT_FOUND", "PRODUCT_NOT_FOUND", (("product_id", str(product_id)),))


@pytest.mark.parametrize(("price", "told"), [(2550, 25.5), (0, 0.0), (1, 0.01), (999_999_999, 9999999.99)])
def test_a_product_is_told_with_its_price_in_whole_units(ask: Ask, price: int, told: float) -> None:
    product_id = new_product(price=price)
    assert ask("inventory.InventoryService/GetProduct", product_id=product_id) == {
        "product_id": product_id,
        "name": "Lamp",
        "description": "Brass.",
        "price": told,
        "stock": 10,
    }


@pytest.mark.parametrize("product_id", UNKNOWN)
@pytest.mark.parametrize(("method", "more"), [("GetProduct", {}), ("CheckStock", {"quantity": 1})])
def test_a_product_that_is_not_there_is_not_found(ask: Ask, product_id: int, method: str, more: Fields) -> None:
    assert ask(f"inventory.InventoryService/{method}", product_id=product_id, **more) == not_found(product_id)


@pytest.mark.parametrize(("method", "more"), [("GetProduct", {}), ("CheckStock", {"quantity": 1})])
def test_an_archived_product_is_not_found(ask: Ask, method: str, more: Fields) -> None:
    product_id = archived_product()
    assert ask(f"inventory.InventoryService/{method}", product_id=product_id, **more) == not_found(product_id)


@pytest.mark.parametrize(("quantity", "available"), [(1, True), (10, True), (11, False), (MOST, False)])
def test_as_many_are_available_as_are_in_stock(ask: Ask, quantity: int, available: bool) -> None:
    answer = ask("inventory.InventoryService/CheckStock", product_id=new_product(), quantity=quantity)
    assert answer == {"available": available, "current_stock": 10}


@pytest.mark.parametrize("quantity", [0, -1])
def test_to_check_for_less_than_one_is_refused(ask: Ask, quantity: int) -> None:
    answer = ask("inventory.InventoryService/CheckStock", product_id=new_product(), quantity=quantity)
    assert answer == Refusal("INVALID_ARGUMENT", "QUANTITY_NOT_POSITIVE", (("quantity", str(quantity)),))


def test_more_stock_than_there_is_room_for_is_told_as_the_most(ask: Ask) -> None:
    product_id = with_more_than_an_int32()
    product = ask("inventory.InventoryService/GetProduct", product_id=product_id)
    assert isinstance(product, dict)
    assert product["stock"] == MOST
    answer = ask("inventory.InventoryService/CheckStock", product_id=product_id, quantity=MOST)
    assert answer == {"available": True, "current_stock": MOST}
    answer = ask("inventory.InventoryService/UpdateStock", product_id=product_id, quantity_change=-1)
    assert answer == {"success": True, "new_stock": MOST}
    assert stock_of(product_id) == 2 * MOST - 1


@pytest.mark.parametrize(("change", "left"), [(5, 15), (-3, 7), (-10, 0)])
def test_a_change_of_stock_is_a_line_of_the_ledger(ask: Ask, change: int, left: int) -> None:
    product_id = new_product()
    answer = ask("inventory.InventoryService/UpdateStock", product_id=product_id, quantity_change=change)
    assert answer == {"success": True, "new_stock": left}
    assert stock_of(product_id) == left
    assert ledger(product_id) == [(change, "adjustment", "compatibility")]


def test_a_change_is_told_to_whoever_listens(ask: Ask) -> None:
    product_id = new_product()
    ask("inventory.InventoryService/UpdateStock", product_id=product_id, quantity_change=-3)
    with connections["inventory"].cursor() as cursor:
        cursor.execute("SELECT type, data FROM messaging_outboxevent ORDER BY id DESC LIMIT 1")
        row = cursor.fetchone()
    assert row == ("stock.adjusted", f'{{"delta": -3, "stock": 7, "product_id": {product_id}}}')


@pytest.mark.parametrize("change", [-11, -MOST - 1])
def test_what_would_go_below_zero_is_refused_in_the_answer(ask: Ask, change: int) -> None:
    product_id = new_product()
    answer = ask("inventory.InventoryService/UpdateStock", product_id=product_id, quantity_change=change)
    assert answer == {"success": False, "new_stock": -1}
    assert (stock_of(product_id), ledger(product_id)) == (10, [])


@pytest.mark.parametrize("change", [1, 0])
def test_a_product_that_cannot_be_sold_has_no_stock_to_change(ask: Ask, change: int) -> None:
    for product_id in (*UNKNOWN, archived_product()):
        answer = ask("inventory.InventoryService/UpdateStock", product_id=product_id, quantity_change=change)
        assert answer == {"success": False, "new_stock": -1}


def test_a_change_by_nothing_tells_the_stock_and_writes_nothing(ask: Ask) -> None:
    product_id = new_product()
    answer = ask("inventory.InventoryService/UpdateStock", product_id=product_id, quantity_change=0)
    assert answer == {"success": True, "new_stock": 10}
    assert ledger(product_id) == []
