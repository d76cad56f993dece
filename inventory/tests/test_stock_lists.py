"""The lists of those who keep the stock: what is low, a search, and the whole ledger."""

from __future__ import annotations

import csv
import html
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inventory import services, stock
from inventory.models import MovementKind, Product
from inventory.tests.conftest import make_product
from inventory.tests.staff import browser_of

pytestmark = pytest.mark.django_db(databases=["users", "inventory"])

FIND = reverse("admin:inventory_stock")
LOW = reverse("admin:inventory_product_low_stock")
EXPORT = reverse("admin:inventory_product_low_stock_export")
MOVEMENTS = reverse("admin:inventory_stockmovement_changelist")


def ledger_of(product: Product) -> str:
    return reverse("admin:inventory_product_ledger", kwargs={"product_id": product.pk})


def text_of(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def exported(client: Client) -> list[list[str]]:
    answer = client.get(EXPORT)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert answer["Content-Disposition"] == 'attachment; filename="low-stock.csv"'
    return [*csv.reader(answer.getvalue().decode("utf-8-sig").splitlines())]


def names_on(answer: Any) -> list[str]:
    return [row["product"].name for row in answer.context["rows"]]


@pytest.fixture
def keeper() -> Client:
    return browser_of("stock", username="keeper")


def test_what_is_low_is_listed_with_what_is_missing(keeper: Client) -> None:
    make_product(name="Enough", stock_level=6, low_stock_at=5)
    make_product(name="Few", stock_level=2, low_stock_at=5)
    make_product(name="None", stock_level=0, low_stock_at=5)
    make_product(name="Nobody asked", stock_level=0)
    make_product(name="Archived", stock_level=0, low_stock_at=5, active=False)
    answer = keeper.get(LOW)
    assert [(row["product"].name, row["missing"]) for row in answer.context["rows"]] == [("Few", 3), ("None", 5)]


def test_what_is_sold_out_or_not_on_sale_is_marked(keeper: Client) -> None:
    make_product(name="Lamp", stock_level=0)
    make_product(name="Lamp black", stock_level=1, low_stock_at=2)
    make_product(name="Lamp blue", stock_level=1, active=False)
    make_product(name="Lamp red", stock_level=1)
    rows = keeper.get(FIND, {"q": "lamp"}).context["rows"]
    states = {row["product"].name: row["state"] for row in rows}
    assert states == {"Lamp": "Sold out", "Lamp black": "Low", "Lamp blue": "Draft", "Lamp red": ""}


def test_the_list_goes_on_by_key(keeper: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inventory.admin.lowstock.LINES", 2)
    made = [make_product(name=name, stock_level=0, low_stock_at=1) for name in ("A", "B", "C")]
    first = keeper.get(LOW)
    assert (names_on(first), first.context["next_after"]) == (["A", "B"], made[1].pk)
    last = keeper.get(LOW, {"after": first.context["next_after"]})
    assert (names_on(last), last.context["next_after"]) == (["C"], None)


@pytest.mark.parametrize("after", ["x", "-1", "9" * 30, "9" * 5000])
def test_a_place_that_is_none_is_the_first(keeper: Client, after: str) -> None:
    make_product(name="A", stock_level=0, low_stock_at=1)
    assert names_on(keeper.get(LOW, {"after": after})) == ["A"]


def test_where_nothing_is_low_the_page_says_how_a_product_would_be(keeper: Client) -> None:
    answer = keeper.get(LOW)
    assert "Nothing is low. A product appears here once" in text_of(answer)
    assert "Export" not in text_of(answer)


def test_all_that_is_low_is_exported(keeper: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inventory.ledger.AT_ONCE", 2)
    for number in range(5):
        make_product(sku=f"S-{number}", name=f"Kännchen, {number}", stock_level=number, low_stock_at=4)
    assert exported(keeper) == [
        ["sku", "name", "stock", "threshold", "missing"],
        *([f"S-{number}", f"Kännchen, {number}", str(number), "4", str(4 - number)] for number in range(5)),
    ]
    assert [entry.change_message for entry in LogEntry.objects.all()] == ["Low stock exported."]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_no_name_becomes_a_formula(keeper: Client, name: str) -> None:
    make_product(name=name, stock_level=0, low_stock_at=1)
    assert exported(keeper)[1][1] == f"'{name}"


def test_only_who_may_see_products_sees_or_exports_what_is_low() -> None:
    for group, status in (("catalogue", 200), ("stock", 200), ("orders", 403), ("operations", 403)):
        client = browser_of(group)
        assert (client.get(LOW).status_code, client.get(EXPORT).status_code) == (status, status)


def test_the_catalogue_group_sees_what_is_low_without_ways_to_move_it() -> None:
    product = make_product(stock_level=0, low_stock_at=1)
    shown = text_of(browser_of("catalogue").get(LOW))
    assert product.sku in shown
    for deed in ("adjust", "receive", "ledger"):
        assert reverse(f"admin:inventory_product_{deed}", kwargs={"product_id": product.pk}) not in shown


@pytest.mark.parametrize("words", ["L-77", "l-77"])
def test_a_whole_sku_leads_to_its_ledger(keeper: Client, words: str) -> None:
    product = make_product(sku="L-77")
    answer = keeper.get(FIND, {"q": words})
    assert (answer.status_code, answer["Location"]) == (302, ledger_of(product))


def test_a_name_is_found_however_it_is_spelt_with_the_ways_to_move_it(keeper: Client) -> None:
    services.create_product(name="Kettle", price=100)
    lamp = Product.objects.get(pk=services.create_product(name="Lantern", price=100))
    answer = keeper.get(FIND, {"q": "lantrn"})
    assert names_on(answer) == ["Lantern"]
    for deed in ("adjust", "receive", "ledger"):
        assert reverse(f"admin:inventory_product_{deed}", kwargs={"product_id": lamp.pk}) in text_of(answer)


def test_what_is_not_found_is_said(keeper: Client) -> None:
    assert "No product is called “zzz”" in text_of(keeper.get(FIND, {"q": "zzz"}))


def test_the_search_begins_with_what_is_low(keeper: Client) -> None:
    product = make_product(stock_level=0, low_stock_at=1)
    assert [row["product"] for row in keeper.get(FIND).context["low"]] == [product]


def test_the_whole_ledger_says_who_did_what(keeper: Client) -> None:
    product = make_product(sku="L-1", stock_level=5)
    actor_id = int(keeper.session["_auth_user_id"])
    stock.adjust_stock(product_id=product.pk, delta=-1, kind=MovementKind.ADJUSTMENT, reason="lost", actor_id=actor_id)
    newest, opening = keeper.get(MOVEMENTS).context["cl"].result_list
    assert (newest.delta, newest.who, opening.who) == (-1, "keeper", "")
    shown = text_of(keeper.get(MOVEMENTS))
    assert ("Lost" in shown, ledger_of(product) in shown) == (True, True)


def test_the_whole_ledger_is_filtered_and_searched_by_indexes(keeper: Client) -> None:
    make_product(sku="L-1", stock_level=5)
    mug = make_product(sku="M-1", stock_level=5)
    stock.adjust_stock(product_id=mug.pk, delta=3, kind=MovementKind.DELIVERY)

    def listed(**query: str) -> list[tuple[str, int]]:
        found = keeper.get(MOVEMENTS, query).context["cl"].result_list
        return [(movement.product.sku, movement.delta) for movement in found]

    assert listed(q="l-1") == [("L-1", 5)]
    assert listed(q="M-1", kind="delivery") == [("M-1", 3)]
    assert listed(kind="opening") == [("M-1", 5), ("L-1", 5)]
    assert listed(q="M-") == []
    assert listed(kind="reservation") == []


@pytest.mark.parametrize(("page", "cost"), [(LOW, 1), (FIND, 1), (MOVEMENTS, 2)])
def test_a_list_costs_as_many_statements_for_many_lines_as_for_one(keeper: Client, page: str, cost: int) -> None:
    for _ in range(2):
        make_product(stock_level=1, low_stock_at=1)
        with CaptureQueriesContext(connections["inventory"]) as queries:
            assert keeper.get(page).status_code == 200
        assert len(queries) == cost


def test_what_people_did_is_read_from_its_index_however_much_was_sold_since(keeper: Client) -> None:
    with connections["inventory"].cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # there are too few rows for any index
        with CaptureQueriesContext(connections["inventory"]) as queries:
            assert keeper.get(MOVEMENTS, {"kind": "undo"}).status_code == 200
        assert len(queries) == 2
        for query in queries.captured_queries:
            cursor.execute(f"EXPLAIN {query['sql']}")
            assert "movement_by_hand" in str(cursor.fetchall())
