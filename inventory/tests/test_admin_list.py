"""The list of products in the back office: prices in place, filters and a search with an index each."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contracts.back_office.pages import FirstPages
from inventory import selectors, services, stock
from inventory.models import MovementKind, Product
from inventory.staff_search_sql import StaffFilter
from inventory.tests.back_office import ADD, LIST, deed_of, keeper, page_of, rows
from inventory.tests.conftest import make_product

pytestmark = pytest.mark.django_db(databases=["users", "inventory"])


@pytest.fixture
def staff() -> Client:
    return keeper()


def product(name: str, sku: str, *, status: str = "active", **more: Any) -> Product:
    product_id = services.create_product(name=name, price=1000, sku=sku, draft=status == "draft", **more)
    if status == "archived":
        services.archive_product(product_id=product_id)
    return Product.objects.get(pk=product_id)


def shown(client: Client, **query: str) -> list[str]:
    """SKUs in the order of the page."""
    page = client.get(LIST, query).content.decode()
    return re.findall(r'class="field-sku.*?<a [^>]*>([^<]+)</a>', page, re.DOTALL)


def test_prices_are_changed_in_the_list(staff: Client, django_capture_on_commit_callbacks: Any) -> None:
    lamp, mug = product("Lamp", "L-1"), product("Mug", "M-1")
    with django_capture_on_commit_callbacks(using="inventory", execute=True):
        assert staff.post(LIST, rows(mug, lamp, **{"L-1": "12.50"})).status_code == 302
    assert [*Product.objects.order_by("id").values_list("price", flat=True)] == [1250, 1000]
    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.get_change_message()) == (str(lamp.pk), "Price: 10.00 → 12.50")


def test_prices_are_saved_in_the_order_in_which_orders_lock_products(staff: Client) -> None:
    lamp, mug = product("Lamp", "L-1"), product("Mug", "M-1")
    assert staff.post(LIST, rows(mug, lamp, **{"L-1": "2", "M-1": "3"})).status_code == 302
    assert [*Product.objects.order_by("updated_at").values_list("sku", "price")] == [("L-1", 200), ("M-1", 300)]


@pytest.mark.parametrize("id", ["0", "x", "99999999999999999999", ""])
def test_a_price_of_no_product_is_refused(staff: Client, id: str) -> None:
    lamp = product("Lamp", "L-1")
    page = staff.post(LIST, {**rows(lamp, **{"L-1": "5"}), "form-0-id": id}).content.decode()
    assert "There is no such product. Open this page anew." in page
    assert Product.objects.get().price == 1000


def test_one_bad_row_is_named_with_its_field_and_nothing_is_saved(staff: Client) -> None:
    lamp, mug = product("Lamp", "L-1"), product("Mug", "M-1")
    page = staff.post(LIST, rows(mug, lamp, **{"L-1": "-1", "M-1": "5"})).content.decode()
    assert "Row 2, L-1 Lamp: Price: Ensure this value is greater than or equal to 0." in page
    assert "Nothing was saved: 1 rows to correct." in page
    assert {*Product.objects.values_list("price", flat=True)} == {1000}


def test_a_row_that_a_colleague_has_changed_is_not_taken_back_unseen(staff: Client) -> None:
    lamp = product("Lamp", "L-1")
    services.update_product(product_id=lamp.pk, price=2000)
    page = html.unescape(staff.post(LIST, rows(lamp, **{"L-1": "12.50"})).content.decode())
    assert "Price is now '20.00'" in page
    assert Product.objects.get().price == 2000
    seen = re.search(r'name="form-0-updated_at"[^>]* value="([^"]+)"', page)
    initial = re.search(r'name="initial-form-0-price"[^>]* value="([^"]+)"', page)
    assert seen
    assert initial
    again = rows(lamp, **{"L-1": "10.00"}) | {"form-0-updated_at": seen[1], "initial-form-0-price": initial[1]}
    assert staff.post(LIST, again).status_code == 302
    assert Product.objects.get().price == 1000


def test_a_row_that_nobody_touched_here_takes_no_colleagues_price_back(staff: Client) -> None:
    lamp, mug = product("Lamp", "L-1"), product("Mug", "M-1")
    services.update_product(product_id=lamp.pk, price=2000)
    assert staff.post(LIST, rows(mug, lamp, **{"M-1": "5"})).status_code == 302
    assert [*Product.objects.order_by("id").values_list("price", flat=True)] == [2000, 500]


def test_what_a_colleague_changes_between_look_and_save_undoes_the_whole_page(
    staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    lamp, mug = product("Lamp", "L-1"), product("Mug", "M-1")
    update = services.update_product

    def first_a_colleague(**changes: Any) -> None:
        monkeypatch.setattr(services, "update_product", update)
        update(**changes)
        Product.objects.filter(pk=lamp.pk).update(updated_at="2030-01-01T00:00Z")

    monkeypatch.setattr(services, "update_product", first_a_colleague)
    page = staff.post(LIST, rows(mug, lamp, **{"L-1": "12.50", "M-1": "5"}))
    assert page.status_code == 302  # the colleague's change went back with ours, so the second look found none
    assert [*Product.objects.order_by("id").values_list("price", flat=True)] == [1250, 500]


def test_an_archived_row_has_no_price_to_change(staff: Client) -> None:
    old = product("Lamp", "L-1", status="archived")
    staff.post(LIST, rows(old, **{"L-1": "12.50"}))
    assert Product.objects.get().price == 1000


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["A-1", "D-1", "S-1", "L-1"]),
        ({"status": "active"}, ["S-1", "L-1"]),
        ({"status": "draft"}, ["D-1"]),
        ({"status": "archived"}, ["A-1"]),
        ({"level": "low"}, ["S-1", "L-1"]),
        ({"level": "out"}, ["S-1"]),
        ({"category": "Home"}, ["D-1", "L-1"]),
        ({"category": "Home", "status": "draft"}, ["D-1"]),
        ({"status": "unheard", "level": "of"}, ["A-1", "D-1", "S-1", "L-1"]),
        ({"status": "active", "o": "3"}, ["L-1", "S-1"]),
        ({"o": "3"}, ["A-1", "D-1", "S-1", "L-1"]),
    ],
)
def test_filters_and_sorts_by_what_has_an_index(staff: Client, query: dict[str, str], found: list[str]) -> None:
    product("Kettle", "L-1", stock=2, low_stock_at=2, category="Home")
    product("Toaster", "S-1", low_stock_at=1, category="Kitchen")
    product("Mug", "D-1", status="draft", category="Home")
    product("Vase", "A-1", status="archived")
    assert shown(staff, **query) == found


def test_no_other_column_is_filtered_by(staff: Client) -> None:
    assert staff.get(LIST, {"description__icontains": "a"}).status_code == 400


@pytest.mark.parametrize("q", ["lamp", "lammp", "L-1", "l-1", "desk lmap"])
@pytest.mark.parametrize("status", ["active", "draft", "archived"])
def test_finds_a_product_by_words_sku_and_a_misspelt_name(staff: Client, q: str, status: str) -> None:
    product("Desk Lamp", "L-1", status=status)
    product("Kettle", "K-1", status=status)
    assert shown(staff, q=q) == ["L-1"]
    assert shown(staff, q=q, status=status) == ["L-1"]


def test_the_best_comes_first_and_a_sku_before_all(staff: Client) -> None:
    product("Lamp shade", "X-1", description="For a mug")
    product("Mug", "M-2")
    product("Kettle", "MUG")
    assert shown(staff, q="mug") == ["MUG", "M-2", "X-1"]


def test_of_equals_what_is_on_sale_comes_before_drafts_and_those_before_what_is_archived(staff: Client) -> None:
    for number, status in enumerate(("active", "draft", "archived"), start=1):
        product("Lamp", f"L-{number}", status=status)
    assert shown(staff, q="lamp") == shown(staff, q="lammp") == ["L-1", "L-2", "L-3"]


def test_the_search_looks_among_what_is_filtered(staff: Client) -> None:
    product("Lamp", "L-1")
    product("Lamp", "L-2", status="draft")
    assert shown(staff, q="lamp", status="draft") == ["L-2"]
    assert shown(staff, q="lammp", status="archived") == []


def test_stock_is_marked_where_it_is_low_or_gone(staff: Client) -> None:
    lamp = product("Lamp", "L-1", stock=5, low_stock_at=3)
    assert " low" not in stock_cell(staff)
    stock.adjust_stock(product_id=lamp.pk, delta=-3, kind=MovementKind.ADJUSTMENT)
    assert stock_cell(staff) == "2 low"
    stock.adjust_stock(product_id=lamp.pk, delta=-2, kind=MovementKind.ADJUSTMENT)
    assert stock_cell(staff) == "0 sold out"


def stock_cell(client: Client) -> str:
    page = client.get(LIST).content.decode()
    cell = re.search(r'<td class="field-stock_level.*?</td>', page, re.DOTALL)
    assert cell
    return " ".join(re.sub(r"<[^>]+>", " ", cell[0]).split())


def test_counts_no_further_than_anyone_turns_pages_and_asks_little(staff: Client) -> None:
    for number in range(3):
        make_product(category=f"Category {number}")
    with CaptureQueriesContext(connections["inventory"]) as queries:
        assert staff.get(LIST).status_code == 200
    counts = [query["sql"] for query in queries if "COUNT(" in query["sql"]]
    assert all("LIMIT 2000" in count for count in counts)
    assert (len(counts), len(queries)) == (1, 3)  # how many, which, the categories


@pytest.mark.parametrize(("limit", "told"), [(2, "the first 2 products"), (4, "3 products")])
def test_does_not_call_what_it_counted_the_whole(
    staff: Client, monkeypatch: pytest.MonkeyPatch, limit: int, told: str
) -> None:
    monkeypatch.setattr(FirstPages, "LIMIT", limit)
    for _ in range(3):
        make_product()
    footer = " ".join(staff.get(LIST).content.decode().rsplit('<div class="py-4">', 1)[1].split())
    assert footer.startswith(told)


def test_the_other_pages_ask_little(staff: Client) -> None:
    one = make_product()
    history = reverse("admin:inventory_product_history", args=[one.pk])
    for url, budget in ((page_of(one), 3), (ADD, 1), (history, 1), (deed_of(one, "archive"), 1)):
        with CaptureQueriesContext(connections["inventory"]) as queries:
            assert staff.get(url).status_code == 200
        assert (url, len(queries)) == (url, budget)


def test_saving_a_page_asks_no_row_by_row(staff: Client) -> None:
    products = [make_product() for _ in range(10)]
    with CaptureQueriesContext(connections["inventory"]) as queries:
        assert staff.post(LIST, rows(*products, **{products[4].sku: "1"})).status_code == 302
    assert len(queries) <= 10


def test_categories_are_told_without_reading_all_products() -> None:
    for category in ("Home", "", "Kitchen", "Home", "Ärzte"):
        make_product(category=category, stock_level=0)
    assert {*selectors.categories(limit=10)} == {"Home", "Kitchen", "Ärzte"}
    assert len(selectors.categories(limit=2)) == 2


def test_what_is_typed_is_no_part_of_the_statement() -> None:
    assert selectors.find_for_staff(words="'; DROP", wanted=StaffFilter(category="100%"), limit=5) == []
