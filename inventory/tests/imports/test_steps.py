"""An import from the file to the catalogue and back."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import Sum

from inventory import services, stock
from inventory.errors import ImportMoved
from inventory.import_models import ImportKind, ImportState
from inventory.imports import deciding
from inventory.imports.job import run_imports
from inventory.models import MOST_MOVED, MovementKind, Product, ProductStatus, StockMovement
from inventory.tests.conftest import make_product
from inventory.tests.imports.conftest import ACTOR, PRODUCTS, STOCK, apply, check, confirm, differences, problems, undo
from shopflow.messaging.models import OutboxEvent

pytestmark = pytest.mark.django_db(databases=["inventory"])


def lamp(**more: Any) -> Product:
    return make_product(**{"sku": "LAMP", "name": "Lamp", "price": 2550, "category": "Home", **more})


def events(product: Product) -> list[tuple[str, dict[str, Any]]]:
    found = OutboxEvent.objects.using("inventory").filter(aggregate_id=f"product:{product.pk}")
    return [*found.order_by("id").values_list("type", "data")]


def status(sku: str) -> ProductStatus:
    return Product.objects.get(sku=sku).status


def test_shows_each_difference_and_changes_nothing() -> None:
    lamp()
    it = check("sku,name,price,category\nLAMP,Desk lamp,25.50,\nMUG,Mug,4.00,Home\n")
    assert (it.state, it.rows, it.creates, it.changes, it.problems_found) == ("checked", 2, 1, 1, 0)
    assert differences(it)[0] == (
        2,
        "LAMP",
        {"name": "Lamp", "category": "Home"},
        {"name": "Desk lamp", "category": ""},
    )
    assert differences(it)[1][:3] == (3, "MUG", None)
    assert Product.objects.values_list("sku", "name").get() == ("LAMP", "Lamp")


def test_makes_the_differences_with_their_events() -> None:
    product = lamp()
    it = apply("sku,name,price,status\nLAMP,Desk lamp,26,active\nMUG,Mug,4.00,active\nCUP,Cup,3,\n")
    assert (it.state, it.actor_id, it.confirmed_by) == (ImportState.APPLIED, ACTOR, ACTOR + 1)
    product.refresh_from_db()
    assert (product.name, product.price, product.category, product.stock) == ("Desk lamp", 2600, "Home", 10)
    mug, cup = Product.objects.get(sku="MUG"), Product.objects.get(sku="CUP")
    assert (mug.price, mug.currency, mug.stock, mug.status) == (400, "EUR", 0, ProductStatus.ACTIVE)
    assert cup.status is ProductStatus.DRAFT
    assert events(product)[-1] == ("product.updated", {"product_id": product.pk})
    assert events(mug) == [("product.created", {"product_id": mug.pk})]


def test_archives_what_the_file_archives() -> None:
    product = lamp()
    it = apply("sku,status\nLAMP,archived\n")
    assert status("LAMP") is ProductStatus.ARCHIVED
    assert events(product)[-1] == ("product.archived", {"product_id": product.pk})
    undo(it)
    assert status("LAMP") is ProductStatus.ACTIVE
    assert events(product)[-1] == ("product.updated", {"product_id": product.pk})


def test_counts_move_the_stock_with_ledger_and_events() -> None:
    product = lamp()
    it = apply("sku;counted\nLAMP;7\n", kind=STOCK, name="shelf.csv")
    product.refresh_from_db()
    assert product.stock == 7
    movement = product.movements.latest("id")
    assert (movement.delta, movement.kind, movement.reference) == (-3, MovementKind.COUNT, f"import:{it.pk}")
    assert (movement.note, movement.actor_id) == ("shelf.csv, line 2", ACTOR + 1)
    assert events(product)[-1] == ("stock.adjusted", {"product_id": product.pk, "delta": -3, "stock": 7})


def test_what_is_sold_between_the_count_and_its_import_stays_sold() -> None:
    product = lamp()
    it = check("sku,counted\nLAMP,12\n", kind=STOCK)
    stock.adjust_stock(product_id=product.pk, delta=-4, kind=MovementKind.ADJUSTMENT)
    confirm(it)
    product.refresh_from_db()
    assert product.stock == 8


def test_a_count_that_would_take_more_than_is_left_moves_nothing() -> None:
    product, other = lamp(), make_product(sku="MUG", stock_level=5)
    it = check("sku,counted\nLAMP,2\nMUG,9\n", kind=STOCK)
    stock.adjust_stock(product_id=product.pk, delta=-5, kind=MovementKind.ADJUSTMENT)
    confirm(it)
    assert it.state == ImportState.CHECKED
    assert problems(it) == [(2, "counted", "LAMP: 8 would be taken away, but only 5 are left by now.")]
    other.refresh_from_db()
    assert other.stock == 5
    with pytest.raises(ImportMoved):
        deciding.confirm(import_id=it.pk, actor_id=ACTOR)


def test_an_empty_cell_was_not_counted() -> None:
    lamp()
    it = check("sku,counted\nLAMP,\n", kind=STOCK)
    assert (it.rows, it.differences, it.problems_found) == (1, 0, 0)


@pytest.mark.parametrize(
    "file", ["sku,name,price,low_stock_at\nLAMP,Desk lamp,26,3\nMUG,Mug,4.00,\n", "sku,name\nLAMP,X\n"]
)
def test_the_same_file_twice_changes_nothing(file: str) -> None:
    lamp()
    make_product(sku="MUG", name="Mug", price=1)
    assert apply(file).changes > 0
    rows, sent = [*Product.objects.order_by("id").values()], OutboxEvent.objects.using("inventory").count()
    again = apply(file)
    assert (again.state, again.differences) == ("applied", 0)
    assert [*Product.objects.order_by("id").values()] == rows
    assert OutboxEvent.objects.using("inventory").count() == sent


def test_with_one_wrong_line_nothing_can_be_confirmed() -> None:
    lamp()
    it = check('sku,price\nLAMP,30.00\nMUG,"3,50"\n')
    assert (it.changes, it.problems_found) == (1, 1)
    with pytest.raises(ImportMoved):
        deciding.confirm(import_id=it.pk, actor_id=ACTOR)


def test_what_somebody_changed_since_the_check_is_not_overwritten() -> None:
    product = lamp()
    it = check("sku,name,price\nLAMP,Desk lamp,26\nMUG,Mug,4\n")
    services.update_product(product_id=product.pk, name="Better lamp")
    services.create_product(name="Mug", price=1, sku="MUG")
    confirm(it)
    assert it.state == ImportState.CHECKED
    assert problems(it) == [
        (2, "name", "LAMP has been changed since: name was 'Lamp', and is now 'Better lamp'."),
        (3, "sku", "MUG has been created by somebody else since the check. Check again."),
    ]
    deciding.check_again(import_id=it.pk)
    run_imports()
    assert differences(it) == [
        (2, "LAMP", {"name": "Better lamp", "price": 2550}, {"name": "Desk lamp", "price": 2600}),
        (3, "MUG", {"price": 1}, {"price": 400}),
    ]


def test_what_was_archived_since_the_check_stays_so() -> None:
    product = lamp()
    it = check("sku,name\nLAMP,Desk lamp\n")
    services.archive_product(product_id=product.pk)
    assert problems(confirm(it)) == [(2, "status", "LAMP has been archived since, and stays as it is.")]


def test_a_whole_import_of_products_is_undone() -> None:
    product = lamp(low_stock_at=4)
    before = {**Product.objects.values().get(pk=product.pk), "updated_at": None}
    it = apply("sku,name,price,low_stock_at\nLAMP,Desk lamp,26,\nMUG,Mug,4,2\n")
    undo(it)
    assert (it.state, it.undone_by) == (ImportState.UNDONE, ACTOR + 2)
    assert {**Product.objects.values().get(pk=product.pk), "updated_at": None} == before
    mug = Product.objects.get(sku="MUG")
    assert mug.status is ProductStatus.ARCHIVED
    assert [kind for kind, _ in events(mug)] == ["product.created", "product.archived"]
    with pytest.raises(ImportMoved):
        deciding.undo(import_id=it.pk, actor_id=ACTOR)


def test_a_whole_count_is_undone_by_the_ledger() -> None:
    product = lamp()
    it = apply("sku,counted\nLAMP,7\n", kind=STOCK)
    undo(it)
    product.refresh_from_db()
    assert product.stock == 10
    movement = product.movements.latest("id")
    assert (movement.delta, movement.kind, movement.actor_id) == (3, MovementKind.UNDO, ACTOR + 2)
    assert movement.reference == f"import:{it.pk}"
    assert product.movements.count() == 3
    assert StockMovement.objects.aggregate(Sum("delta"))["delta__sum"] == 10


def test_an_import_that_was_built_upon_is_not_undone_in_part() -> None:
    product, other = lamp(), make_product(sku="MUG", name="Mug")
    it = apply("sku,name\nLAMP,Desk lamp\nMUG,Big mug\n")
    services.update_product(product_id=product.pk, name="Better lamp")
    undo(it)
    assert it.state == ImportState.APPLIED
    assert problems(it) == [(2, "name", "LAMP has been changed since: name was 'Desk lamp', and is now 'Better lamp'.")]
    other.refresh_from_db()
    assert other.name == "Big mug"
    services.update_product(product_id=product.pk, name="Desk lamp")
    assert undo(it).state == ImportState.UNDONE


def test_stock_that_has_been_sold_cannot_be_taken_back() -> None:
    product = lamp()
    it = apply("sku,counted\nLAMP,20\n", kind=STOCK)
    stock.adjust_stock(product_id=product.pk, delta=-15, kind=MovementKind.ADJUSTMENT)
    undo(it)
    assert it.state == ImportState.APPLIED
    assert problems(it) == [(2, "counted", "LAMP: 10 would be taken away, but only 5 are left by now.")]


def test_a_created_product_that_was_archived_meanwhile_is_no_obstacle() -> None:
    it = apply("sku,name,price\nMUG,Mug,4\nCUP,Cup,4\n")
    Product.objects.filter(sku="MUG").update(archived_at=it.applied_at)
    assert undo(it).state == ImportState.UNDONE
    assert {product.status for product in Product.objects.all()} == {ProductStatus.ARCHIVED}


@pytest.mark.parametrize("there", [10, 0])
def test_what_two_files_counted_alike_is_moved_once(there: int) -> None:
    product = lamp(stock_level=there)
    first, second = (check("sku,counted\nLAMP,8\n", kind=STOCK) for _ in range(2))
    confirm(first)
    confirm(second)
    product.refresh_from_db()
    assert (product.stock, second.state) == (8, ImportState.CHECKED)
    assert problems(second) == [(2, "counted", "LAMP has been counted by another import since.")]
    deciding.check_again(import_id=second.pk)
    run_imports()
    second.refresh_from_db()
    assert (second.state, second.differences, second.problems_found) == (ImportState.CHECKED, 0, 0)


def test_a_count_is_not_undone_once_a_later_one_stands_on_it() -> None:
    product = lamp()
    first, second = (apply(f"sku,counted\nLAMP,{counted}\n", kind=STOCK) for counted in (8, 12))
    assert problems(undo(first)) == [(2, "counted", "LAMP has been counted by another import since.")]
    for it, left in ((second, 8), (first, 10)):
        assert undo(it).state == ImportState.UNDONE
        product.refresh_from_db()
        assert product.stock == left


@pytest.mark.parametrize(("file", "kind"), [("sku,price\nLAMP,30\n", PRODUCTS), ("sku,counted\nLAMP,8\n", STOCK)])
def test_a_product_that_has_another_sku_since_the_check_is_not_the_one_of_the_file(file: str, kind: ImportKind) -> None:
    product = lamp()
    it = check(file, kind=kind)
    services.update_product(product_id=product.pk, sku="TORCH")
    confirm(it)
    assert problems(it) == [(2, "sku", "LAMP is called TORCH since. Check again.")]
    product.refresh_from_db()
    assert (product.price, product.stock) == (2550, 10)


def test_a_stock_that_deliveries_made_large_is_counted_like_any_other() -> None:
    product = lamp()
    for _ in range(2):
        stock.adjust_stock(product_id=product.pk, delta=MOST_MOVED, kind=MovementKind.DELIVERY)
    most = MOST_MOVED * 2 + 10
    assert check(f"sku,counted\nLAMP,{most}\n", kind=STOCK).differences == 0
    assert check(f"sku,counted\nLAMP,{most - 1}\n", kind=STOCK).changes == 1
    it = check("sku,counted\nLAMP,0\n", kind=STOCK)
    assert problems(it) == [(2, "counted", f"LAMP: {most} fewer at once; {MOST_MOVED} are the most.")]


def test_what_was_taken_back_is_brought_again_by_the_mended_file() -> None:
    undo(apply("sku,name,price\nMUG,Mgu,4\n"))
    again = apply("sku,name,price,status\nMUG,Mug,4,active\n")
    assert differences(again) == [
        (2, "MUG", {"name": "Mgu", "status": "archived"}, {"name": "Mug", "status": "active"})
    ]
    mug = Product.objects.get()
    assert (again.state, mug.name, mug.status) == ("applied", "Mug", ProductStatus.ACTIVE)
    undo(again)
    assert status("MUG") is ProductStatus.ARCHIVED
    assert apply("sku,price\nMUG,4\n").changes == 1
    assert status("MUG") is ProductStatus.DRAFT


def test_what_a_person_archived_before_the_import_was_undone_stays_archived() -> None:
    it = apply("sku,name,price,status\nMUG,Mug,4,active\n")
    services.archive_product(product_id=Product.objects.get().pk)
    undo(it)
    again = check("sku,name,price,status\nMUG,Mug,4,active\n")
    assert problems(again) == [(2, "status", "MUG is archived, and stays as it is. Delete the line.")]
