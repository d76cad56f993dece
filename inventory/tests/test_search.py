"""What the catalogue list finds, in which order, and that its pages lose and repeat nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from inventory import selectors, services
from inventory.catalogue_sql import ORDERS, Filter, statement
from inventory.demo import demo_products
from inventory.models import Product

pytestmark = pytest.mark.django_db(databases=["inventory"])

LISTS = [sort for sort in ORDERS if sort != "relevance"]


def new(name: str, *, price: int = 100, stock: int = 1, **more: Any) -> int:
    return services.create_product(name=name, price=price, stock=stock, **more)


def names(*, sort: str = "id", limit: int = 100, **wanted: Any) -> list[str]:
    found = selectors.list_products(wanted=Filter(**wanted), sort=sort, limit=limit)
    return [row.product["name"] for row in found]


def all_pages(*, wanted: Filter, sort: str, limit: int) -> list[int]:
    """Every id, page by page, until a page is empty."""
    ids: list[int] = []
    after = None
    while rows := selectors.list_products(wanted=wanted, sort=sort, after=after, limit=limit):
        ids += [row.product["id"] for row in rows]
        after = rows[-1].key
    return ids


@pytest.fixture
def demo_shop() -> None:
    services.seed_catalogue(products=demo_products())


def test_the_category_is_matched_exactly() -> None:
    new("Lamp", category="Home")
    new("Mug", category="Home office")
    assert names(category="Home") == ["Lamp"]
    assert names(category="home") == []


def test_the_bounds_of_a_price_range_belong_to_it() -> None:
    for price in (99, 100, 150, 200, 201):
        new(str(price), price=price)
    assert names(min_price=100, max_price=200) == ["100", "150", "200"]
    assert names(min_price=200) == ["200", "201"]
    assert names(max_price=99) == ["99"]
    assert names(min_price=0, max_price=0) == []


def test_tells_what_is_in_stock_from_what_is_sold_out() -> None:
    new("There", stock=1)
    new("Gone", stock=0)
    assert names(in_stock=True) == ["There"]
    assert names(in_stock=False) == ["Gone"]
    assert names() == ["There", "Gone"]


def test_archived_products_are_in_no_list() -> None:
    services.archive_product(product_id=new("Lamp", category="Home"))
    assert names() == names(category="Home") == names(q="lamp", sort="relevance") == names(q="lampp") == []


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("id", ["banana", "Apple", "cherry", "apple"]),
        ("newest", ["apple", "cherry", "Apple", "banana"]),
        ("price", ["Apple", "banana", "apple", "cherry"]),
        ("-price", ["cherry", "apple", "banana", "Apple"]),
        ("name", ["Apple", "apple", "banana", "cherry"]),
        ("-name", ["cherry", "banana", "apple", "Apple"]),
    ],
)
def test_sorts_by_each_order_with_equals_by_id(sort: str, expected: list[str]) -> None:
    for name, price in (("banana", 200), ("Apple", 100), ("cherry", 300), ("apple", 200)):
        new(name, price=price)
    assert names(sort=sort) == expected


@pytest.mark.parametrize("sort", LISTS)
@pytest.mark.parametrize("wanted", [Filter(), Filter(category="Home"), Filter(q="shared"), Filter(q="shard")])
def test_pages_to_the_end_meet_each_product_once_though_keys_are_equal(sort: str, wanted: Filter) -> None:
    made = [new(f"Shared {n % 3}", price=100 + n % 2, category="Home") for n in range(17)]
    in_one = [row.product["id"] for row in selectors.list_products(wanted=wanted, sort=sort, limit=100)]
    assert sorted(in_one) == made
    assert all_pages(wanted=wanted, sort=sort, limit=4) == in_one


@pytest.mark.usefixtures("demo_shop")
@pytest.mark.parametrize("q", ["headphones", "wool", "keybord"])
def test_pages_by_relevance_meet_each_product_once(q: str) -> None:
    wanted = Filter(q=q)
    in_one = [row.product["id"] for row in selectors.list_products(wanted=wanted, sort="relevance", limit=100)]
    assert len(in_one) > 2
    assert all_pages(wanted=wanted, sort="relevance", limit=2) == in_one


@pytest.mark.usefixtures("demo_shop")
@pytest.mark.parametrize(
    ("q", "first"),
    [
        ("headphones", "Arden Over-Ear Headphones"),
        ("HEADPHONE", "Arden Over-Ear Headphones"),
        ("coffee grinder", "Burr & Bean Coffee Grinder"),
        ("carbon tonearm", "Marlow Turntable"),
        ("AUD-1009", "Marlow Turntable"),
        ('"moka pot"', "Mosel Moka Pot, 6 Cups"),
        ("chess", "Chess Set, Walnut and Maple"),
    ],
)
def test_finds_words_in_the_name_first_then_in_what_is_said_of_it(q: str, first: str) -> None:
    found = names(q=q, sort="relevance")
    assert found[0] == first or (q.lower().startswith("headphone") and "Headphone" in found[0])


@pytest.mark.usefixtures("demo_shop")
@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("headphnes", "Headphones"),
        ("hedphones", "Headphones"),
        ("keybord", "Keyboard"),
        ("turntabel", "Turntable"),
        ("sleping bag", "Sleeping Bag"),
        ("ketle", "Kettle"),
        ("headph", "Headphone"),
    ],
)
def test_forgives_a_misspelling(misspelt: str, meant: str) -> None:
    assert meant in names(q=misspelt, sort="relevance")[0]


@pytest.mark.usefixtures("demo_shop")
def test_a_minus_leaves_a_word_out() -> None:
    assert "Headphone" in "".join(names(q="headphones"))
    assert not [name for name in names(q="headphones -wired -wireless") if name.startswith("Arden")]


@pytest.mark.usefixtures("demo_shop")
def test_a_search_can_be_filtered_and_sorted() -> None:
    rows = selectors.list_products(
        wanted=Filter(q="tent", category="Outdoors", min_price=5000, in_stock=True), sort="-price", limit=10
    )
    assert [row.product["name"] for row in rows][:2] == ["Tarn 4-Person Tent", "Tarn 2-Person Tent"]
    assert {row.product["category"] for row in rows} == {"Outdoors"}
    assert min(row.product["price"] for row in rows) >= 5000


@pytest.mark.parametrize(
    "q",
    [
        "'; DROP TABLE inventory_product; --",
        "%(q)s",
        "100%",
        "' & ! | <-> :*",
        "\\",
        "((",
        '"',
        "the",
        "!!!",
        " ",
        "🧦",
        "-",
    ],
)
def test_takes_any_text_for_a_question_and_nothing_else(q: str) -> None:
    new("Lamp")
    assert names(q=q, sort="relevance") in ([], ["Lamp"])
    assert names() == ["Lamp"]


@pytest.mark.parametrize("category", ["' OR true --", "%s", "%(after_0)s"])
def test_takes_any_text_for_a_category(category: str) -> None:
    new("Lamp", category="Home")
    assert names(category=category) == []


@pytest.mark.parametrize(
    "wanted", [Filter(), Filter(q="lamp"), Filter(q="lampp"), Filter(category="Home", min_price=1)]
)
def test_any_list_is_one_statement(wanted: Filter) -> None:
    new("Lamp", category="Home")
    with CaptureQueriesContext(connections["inventory"]) as queries:
        assert len(selectors.list_products(wanted=wanted, sort="price", limit=10)) == 1
    assert len(queries) == 1


def test_a_statement_whose_plan_hangs_on_its_values_is_never_prepared() -> None:
    new("Lamp", category="Kept")
    for wanted in [Filter(q="lamp"), Filter(max_price=777), Filter(category="Kept")]:
        for _ in range(4):
            selectors.list_products(wanted=wanted, sort="id", limit=10)
    with connections["inventory"].cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        prepared = " ".join(row[0] for row in cursor.fetchall())
    assert "category =" in prepared
    assert "to_tsquery" not in prepared
    assert "777" not in prepared


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("sort", LISTS)
@pytest.mark.parametrize("wanted", [Filter(), Filter(category="Category 2")])
@pytest.mark.parametrize("after", [False, True])
def test_every_order_is_read_from_an_index_and_never_sorted(sort: str, wanted: Filter, *, after: bool) -> None:
    middle = Product.objects.earliest("id").pk + 1000  # of the many; their names are hexadecimal
    first: dict[str, tuple[int | str, ...]] = {"price": (1000,), "name": ("8",)}
    key = (*first.get(sort.removeprefix("-"), ()), middle) if after else None
    text, parameters = statement(wanted=wanted, sort=sort, after=key, limit=51)
    with connections["inventory"].cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN (COSTS OFF) {text}", parameters)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Sort" not in plan
    assert "Filter" not in plan
    assert "Index Scan" in plan
