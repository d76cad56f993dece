"""The rows of the API's table that are about products."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from tests.api.client import Answer, Client
from tests.api.conftest import Customer, assert_problem

pytestmark = pytest.mark.e2e

PRODUCTS = "/api/v1/products"


def next_path(answer: Answer) -> str | None:
    """The path of the next page, from the RFC 8288 Link header."""
    found = re.search(r'<([^>]*)>;\s*rel="next"', answer.headers.get("link", ""))
    if found is None:
        return None
    url = urlsplit(found[1])
    return f"{url.path}?{url.query}"


def every_page(client: Client, path: str) -> list[Any]:
    found, pages = [], 0
    following: str | None = path
    while following:
        answer = client.get(following)
        assert answer.status == 200
        found += answer.body
        following, pages = next_path(answer), pages + 1
        assert pages < 50
    return found


def test_the_list_is_a_plain_array_of_products(anyone: Client, product: Any) -> None:
    answer = anyone.get(PRODUCTS)
    assert answer.status == 200
    assert isinstance(answer.body, list)
    assert {"id", "name", "description", "price", "currency", "stock", "sku", "category"} <= set(answer.body[0])


def test_a_price_is_a_json_number(anyone: Client, product: Any) -> None:
    answer = anyone.get(f"{PRODUCTS}/{product['id']}")
    assert answer.status == 200
    assert (answer.body["price"], answer.body["currency"]) == (25.5, "EUR")
    assert re.search(rb'"price":\s*25\.50?[,}]', answer.content)
    assert answer.body == product


def test_pages_follow_each_other_by_their_link_header(anyone: Client, new_product: Callable[..., Any]) -> None:
    category = f"category-{uuid.uuid4().hex[:8]}"
    made = [new_product(category=category)["id"] for _ in range(5)]
    first = anyone.get(f"{PRODUCTS}?category={category}&limit=2")
    assert len(first.body) == 2
    assert [found["id"] for found in every_page(anyone, f"{PRODUCTS}?category={category}&limit=2")] == made
    assert next_path(anyone.get(f"{PRODUCTS}?category={category}&limit=5")) is None


@pytest.mark.parametrize("sort", ["price", "-price"])
def test_sorted_pages_miss_nothing_and_repeat_nothing(
    anyone: Client, new_product: Callable[..., Any], sort: str
) -> None:
    category = f"category-{uuid.uuid4().hex[:8]}"
    prices = [new_product(category=category, price=price)["price"] for price in (3, 1, 2, 1, 3, 2.5)]
    found = every_page(anyone, f"{PRODUCTS}?category={category}&sort={sort}&limit=2")
    assert [product["price"] for product in found] == sorted(prices, reverse=sort.startswith("-"))
    assert len({product["id"] for product in found}) == 6


def test_filters_narrow_the_list(anyone: Client, new_product: Callable[..., Any]) -> None:
    category = f"category-{uuid.uuid4().hex[:8]}"
    cheap, dear = new_product(category=category, price=1), new_product(category=category, price=9.99, stock=0)

    def found(query: str) -> list[int]:
        return [product["id"] for product in anyone.get(f"{PRODUCTS}?category={category}&{query}").body]

    assert found("min_price=1.01") == [dear["id"]]
    assert found("max_price=9.98") == [cheap["id"]]
    assert found("min_price=1&max_price=9.99") == [cheap["id"], dear["id"]]
    assert found("in_stock=true") == [cheap["id"]]
    assert found("in_stock=false") == [dear["id"]]


def test_search_finds_by_name_and_forgives_a_typo(anyone: Client, new_product: Callable[..., Any]) -> None:
    word = "".join(chr(ord("a") + int(digit, 16)) for digit in uuid.uuid4().hex[:10])
    made = new_product(name=f"Lantern {word}", description="hangs in trees")
    typo = word[:4] + word[5] + word[4] + word[6:]
    for query in (word, f"lantern {word}", typo):
        assert made["id"] in [product["id"] for product in anyone.get(f"{PRODUCTS}?q={quote(query)}").body], query


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=x", "limit"),
        ("limit=-1", "limit"),
        ("limit=1000000", "limit"),
        ("min_price=cheap", "min_price"),
        ("max_price=NaN", "max_price"),
        ("min_price=1e400", "min_price"),
        ("in_stock=maybe", "in_stock"),
        ("sort=colour", "sort"),
        ("after=garbage", "after"),
        ("after=%00", "after"),
        ("q=%00", "q"),
        ("category=%00", "category"),
        ("colour=red", "colour"),
    ],
)
def test_a_parameter_that_makes_no_sense_is_named(anyone: Client, query: str, field: str) -> None:
    assert_problem(anyone.get(f"{PRODUCTS}?{query}"), 400, field=field)


@pytest.mark.parametrize("q", ["%", "'", '"', "\\", "a & | !", "(", "*", "🦆", "x" * 200, " ", "ß" * 50])
def test_any_words_may_be_searched(anyone: Client, q: str) -> None:
    assert anyone.get(f"{PRODUCTS}?q={quote(q)}").status == 200


@pytest.mark.parametrize("id", ["0", "987654321", "9223372036854775807", "9223372036854775808", "9" * 40, "x", "-1"])
def test_a_product_that_is_not_there_answers_404(anyone: Client, id: str) -> None:
    assert_problem(anyone.get(f"{PRODUCTS}/{id}"), 404)


def test_staff_create_products(anyone: Client, staff: Client) -> None:
    sku = f"SKU-{uuid.uuid4().hex[:8]}"
    full = {
        "name": "Chair",
        "description": "four legs",
        "price": 19.99,
        "stock": 3,
        "sku": sku,
        "category": "garden",
        "currency": "USD",
    }
    answer = staff.post(PRODUCTS, full)
    assert answer.status == 201
    assert {name: answer.body[name] for name in full} == full
    assert anyone.get(f"{PRODUCTS}/{answer.body['id']}").body == answer.body


@pytest.mark.parametrize("price", ["0", "0.01", "25.5", "25.50", "1e2", "9999999.99"])
def test_a_price_is_kept_to_the_cent(staff: Client, price: str) -> None:
    answer = staff.post(PRODUCTS, f'{{"name": "Chair", "price": {price}, "stock": 1}}'.encode())
    assert (answer.status, answer.body["price"]) == (201, float(price))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"name": 7}, "name"),
        ({"name": "x" * 1000}, "name"),
        ({"name": "nul \x00"}, "name"),
        ({"name": "half \ud800 pair"}, "name"),
        ({"price": -0.01}, "price"),
        ({"price": 1.999}, "price"),
        ({"price": "25.5"}, "price"),
        ({"price": True}, "price"),
        ({"price": 1e300}, "price"),
        ({"stock": -1}, "stock"),
        ({"stock": 1.5}, "stock"),
        ({"stock": "3"}, "stock"),
        ({"stock": 10**30}, "stock"),
        ({"currency": "XXX"}, "currency"),
        ({"currency": "eur"}, "currency"),
        ({"sku": ""}, "sku"),
        ({"id": 5}, "id"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_wrong_about_a_product_answers_422_and_is_named(
    staff: Client, changes: dict[str, Any], field: str
) -> None:
    assert_problem(staff.post(PRODUCTS, {"name": "Chair", "price": 1, "stock": 1, **changes}), 422, field=field)


@pytest.mark.parametrize("missing", ["name", "price", "stock"])
def test_what_is_missing_of_a_product_answers_422_and_is_named(staff: Client, missing: str) -> None:
    body = {"name": "Chair", "price": 1, "stock": 1}
    del body[missing]
    assert_problem(staff.post(PRODUCTS, body), 422, field=missing)


@pytest.mark.parametrize("price", ["NaN", "Infinity", "-Infinity"])
def test_what_json_has_no_word_for_is_refused(staff: Client, price: str) -> None:
    body = f'{{"name": "Chair", "price": {price}, "stock": 1}}'.encode()
    assert_problem(staff.post(PRODUCTS, body), 400, code="malformed_json")


def test_an_sku_is_given_once(staff: Client, product: Any) -> None:
    assert_problem(staff.post(PRODUCTS, {"name": "Chair", "price": 1, "stock": 1, "sku": product["sku"]}), 409)


def writes(product: Any) -> list[tuple[str, str, Any]]:
    one = f"{PRODUCTS}/{product['id']}"
    return [
        ("POST", PRODUCTS, {"name": "Chair", "price": 1, "stock": 1}),
        ("PATCH", one, {"price": 1}),
        ("DELETE", one, None),
        ("PUT", f"{one}/stock", {"quantity_change": 1}),
    ]


def test_only_staff_change_the_catalogue(anyone: Client, customer: Customer, product: Any) -> None:
    for method, path, body in writes(product):
        assert_problem(anyone.send(method, path, body), 401)
        assert_problem(anyone.bearing("bad").send(method, path, body), 401)
        assert_problem(customer.api.send(method, path, body), 403)
    assert anyone.get(f"{PRODUCTS}/{product['id']}").body == product


def test_a_change_of_a_product_answers_200_and_is_seen(anyone: Client, staff: Client, product: Any) -> None:
    answer = staff.patch(f"{PRODUCTS}/{product['id']}", {"price": 30, "name": "Better lamp"})
    assert (answer.status, answer.body["price"], answer.body["name"]) == (200, 30, "Better lamp")
    assert anyone.get(f"{PRODUCTS}/{product['id']}").body == answer.body
    assert answer.body["stock"] == product["stock"]


def test_stock_is_not_changed_by_patch(staff: Client, product: Any) -> None:
    assert_problem(staff.patch(f"{PRODUCTS}/{product['id']}", {"stock": 99}), 422, field="stock")


def test_deleting_answers_204_and_archives(anyone: Client, staff: Client, product: Any) -> None:
    path = f"{PRODUCTS}/{product['id']}"
    answer = staff.delete(path)
    assert (answer.status, answer.content) == (204, b"")
    assert_problem(anyone.get(path), 404)
    assert_problem(staff.delete(path), 404)
    assert_problem(staff.patch(path, {"price": 1}), 404)
    assert_problem(staff.put(f"{path}/stock", {"quantity_change": 1}), 404)
    assert product["id"] not in [found["id"] for found in anyone.get(f"{PRODUCTS}?q=Test+lamp&limit=100").body]


def test_a_change_of_stock_answers_the_product(anyone: Client, staff: Client, product: Any) -> None:
    path = f"{PRODUCTS}/{product['id']}"
    answer = staff.put(f"{path}/stock", {"quantity_change": -3, "reason": "broken in the shop"})
    assert (answer.status, answer.body["id"], answer.body["stock"]) == (200, product["id"], 7)
    assert staff.put(f"{path}/stock", {"quantity_change": 5}).body["stock"] == 12
    assert anyone.get(path).body["stock"] == 12


def test_stock_below_zero_answers_400_and_changes_nothing(anyone: Client, staff: Client, product: Any) -> None:
    path = f"{PRODUCTS}/{product['id']}"
    assert_problem(staff.put(f"{path}/stock", {"quantity_change": -11}), 400)
    assert anyone.get(path).body["stock"] == 10


def test_the_stock_of_no_product_answers_404(staff: Client) -> None:
    assert_problem(staff.put(f"{PRODUCTS}/987654321/stock", {"quantity_change": 1}), 404)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "quantity_change"),
        ({"quantity_change": "1"}, "quantity_change"),
        ({"quantity_change": 1.5}, "quantity_change"),
        ({"quantity_change": 10**30}, "quantity_change"),
        ({"quantity_change": -(10**30)}, "quantity_change"),
        ({"quantity_change": True}, "quantity_change"),
        ({"quantity_change": 1, "reason": 5}, "reason"),
        ({"quantity_change": 1, "why": "x"}, "why"),
    ],
)
def test_a_change_of_stock_that_makes_no_sense_is_named(
    staff: Client, product: Any, body: dict[str, Any], field: str
) -> None:
    answer = staff.put(f"{PRODUCTS}/{product['id']}/stock", body)
    assert answer.status in (400, 422)
    assert_problem(answer, answer.status, field=field)


def test_text_comes_back_as_it_was_sent(staff: Client) -> None:
    text = "Ünïcødé 🦆 <script>alert('x')</script> \"quoted\" \\ %s {}"
    created = staff.post(PRODUCTS, {"name": text, "description": text, "price": 1, "stock": 0})
    assert (created.body["name"], created.body["description"]) == (text, text)
    assert json.loads(created.content) == created.body
