"""Every row of the API's table that is about one product, and every way each of them can refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connections
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from inventory.models import Product
from inventory.tests.clients import PRODUCTS, client, send
from inventory.tests.conftest import make_product

pytestmark = pytest.mark.django_db(databases=["inventory"])

LAMP: dict[str, Any] = {"name": "Desk Lamp", "price": 25.5, "stock": 3}


@pytest.fixture
def anyone() -> APIClient:
    return client()


@pytest.fixture
def staff() -> APIClient:
    return client(is_staff=True)


def test_staff_create_a_product_that_anyone_can_read(staff: APIClient, anyone: APIClient) -> None:
    answer = send(
        staff, "POST", PRODUCTS, {**LAMP, "description": "Bright.", "category": "Home", "sku": "L-1", "currency": "SEK"}
    )
    assert answer.status_code == 201
    product = answer.json()
    read = anyone.get(f"{PRODUCTS}/{product['id']}")
    assert read.status_code == 200
    assert read.json() == product
    assert answer["Location"] == f"{PRODUCTS}/{product['id']}"
    assert {name: product[name] for name in ("sku", "name", "description", "category", "currency")} == {
        "sku": "L-1",
        "name": "Desk Lamp",
        "description": "Bright.",
        "category": "Home",
        "currency": "SEK",
    }
    assert (product["price"], product["stock"]) == (25.5, 3)
    assert product["created_at"].endswith("Z")
    assert product["created_at"] == product["updated_at"]


def test_a_product_needs_no_more_than_name_price_and_stock(staff: APIClient) -> None:
    product = send(staff, "POST", PRODUCTS, LAMP).json()
    assert product["sku"].startswith("DESK-")
    assert (product["description"], product["category"], product["currency"]) == ("", "", "EUR")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({**LAMP, "name": ""}, "name"),
        ({**LAMP, "name": "x" * 201}, "name"),
        ({**LAMP, "name": 5}, "name"),
        ({**LAMP, "name": "a\0b"}, "name"),
        ({**LAMP, "price": -1}, "price"),
        ({**LAMP, "price": 1.005}, "price"),
        ({**LAMP, "price": "25.5"}, "price"),
        ({**LAMP, "price": 1e12}, "price"),
        ({**LAMP, "stock": -1}, "stock"),
        ({**LAMP, "stock": 1.5}, "stock"),
        ({**LAMP, "stock": True}, "stock"),
        ({**LAMP, "stock": 2**31}, "stock"),
        ({**LAMP, "currency": "XXX"}, "currency"),
        ({**LAMP, "sku": ""}, "sku"),
        ({**LAMP, "sku": "has space"}, "sku"),
        ({**LAMP, "sku": 5}, "sku"),
        ({**LAMP, "category": "x" * 65}, "category"),
        ({**LAMP, "description": "x" * 5001}, "description"),
        ({**LAMP, "colour": "red"}, "colour"),
        ({**LAMP, "id": 1}, "id"),
        ({"name": "Lamp", "stock": 1}, "price"),
        ({"name": "Lamp", "price": 1}, "stock"),
    ],
)
def test_creating_refuses_what_is_wrong_by_the_name_of_the_field(
    staff: APIClient, body: dict[str, Any], field: str
) -> None:
    answer = send(staff, "POST", PRODUCTS, body)
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "invalid"
    assert list(answer.json()["errors"]) == [field]
    assert not Product.objects.exists()


@pytest.mark.parametrize("body", [[], "lamp", 5, None])
def test_creating_refuses_what_is_no_object(staff: APIClient, body: Any) -> None:
    assert send(staff, "POST", PRODUCTS, body).status_code == 422


def test_a_taken_sku_is_a_conflict(staff: APIClient) -> None:
    send(staff, "POST", PRODUCTS, {**LAMP, "sku": "L-1"})
    answer = send(staff, "POST", PRODUCTS, {**LAMP, "sku": "L-1"})
    assert (answer.status_code, answer.json()["code"], answer.json()["sku"]) == (409, "sku_taken", "L-1")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "", LAMP),
        ("PATCH", "/{id}", {"name": "X"}),
        ("DELETE", "/{id}", None),
        ("PUT", "/{id}/stock", {"quantity_change": 1}),
    ],
)
@pytest.mark.parametrize(("outsider", "status"), [(client(), 401), (client(is_staff=False), 403)])
def test_only_staff_write(method: str, path: str, body: Any, outsider: APIClient, status: int) -> None:
    product = make_product(stock_level=1)
    answer = send(outsider, method, PRODUCTS + path.format(id=product.pk), body)
    assert answer.status_code == status
    assert (answer.get("WWW-Authenticate") == "Bearer") is (status == 401)
    assert Product.objects.get().stock == 1


def test_anyone_writes_where_the_settings_say_so(anyone: APIClient, settings: LazySettings) -> None:
    settings.CATALOG_WRITES = "anyone"
    product = send(anyone, "POST", PRODUCTS, LAMP).json()
    answer = send(anyone, "PUT", f"{PRODUCTS}/{product['id']}/stock", {"quantity_change": 1})
    assert (answer.status_code, answer.json()["stock"]) == (200, 4)


def test_a_change_answers_with_the_whole_product(staff: APIClient) -> None:
    product = send(staff, "POST", PRODUCTS, LAMP).json()
    answer = send(staff, "PATCH", f"{PRODUCTS}/{product['id']}", {"price": 19, "category": "Home"})
    assert answer.status_code == 200
    changed = answer.json()
    assert changed.pop("updated_at") > product.pop("updated_at")
    assert changed == {**product, "price": 19.0, "category": "Home"}


def test_a_change_of_nothing_changes_nothing(staff: APIClient) -> None:
    product = send(staff, "POST", PRODUCTS, LAMP).json()
    answer = send(staff, "PATCH", f"{PRODUCTS}/{product['id']}", {})
    assert (answer.status_code, answer.json()) == (200, product)


@pytest.mark.parametrize("body", [{"stock": 5}, {"price": None}, {"name": ""}, {"active": False}, {"sku": None}])
def test_a_change_refuses_what_is_wrong(staff: APIClient, body: dict[str, Any]) -> None:
    product = make_product()
    answer = send(staff, "PATCH", f"{PRODUCTS}/{product.pk}", body)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, list(body))


def test_an_archived_product_is_not_found_any_more(staff: APIClient) -> None:
    product = make_product()
    path = f"{PRODUCTS}/{product.pk}"
    answer = staff.delete(path)
    assert (answer.status_code, answer.content) == (204, b"")
    again = [
        staff.get(path),
        staff.delete(path),
        send(staff, "PATCH", path, {"name": "Back"}),
        send(staff, "PUT", f"{path}/stock", {"quantity_change": 1}),
    ]
    assert [answer.status_code for answer in again] == [404] * 4
    assert {answer.json()["code"] for answer in again} == {"product_not_found"}
    assert staff.get(PRODUCTS).json() == []


@pytest.mark.parametrize(
    "product_id", ["0", "999999", "9223372036854775807", "9223372036854775808", "1" * 40, "-1", "x"]
)
def test_a_product_that_never_was_is_not_found(staff: APIClient, product_id: str) -> None:
    path = f"{PRODUCTS}/{product_id}"
    assert staff.get(path).status_code == 404
    assert send(staff, "PATCH", path, {"name": "X"}).status_code == 404
    assert staff.delete(path).status_code == 404
    assert send(staff, "PUT", f"{path}/stock", {"quantity_change": 1}).status_code == 404


def test_stock_is_changed_with_its_reason_and_who_did_it(staff: APIClient) -> None:
    product = make_product(stock_level=3)
    path = f"{PRODUCTS}/{product.pk}/stock"
    assert send(staff, "PUT", path, {"quantity_change": 4, "reason": "Delivery"}).json()["stock"] == 7
    answer = send(staff, "PUT", path, {"quantity_change": -7})
    assert (answer.status_code, answer.json()["stock"], answer.json()["id"]) == (200, 0, product.pk)
    ledger = product.movements.order_by("id").values_list("delta", "kind", "reason", "actor_id")
    assert list(ledger)[1:] == [(4, "adjustment", "Delivery", 7), (-7, "adjustment", "", 7)]


def test_stock_never_goes_below_zero_and_the_refusal_says_what_is_left(staff: APIClient) -> None:
    product = make_product(stock_level=3)
    answer = send(staff, "PUT", f"{PRODUCTS}/{product.pk}/stock", {"quantity_change": -4})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (400, "stock_would_go_negative")
    assert (problem["product_id"], problem["available"]) == (product.pk, 3)
    assert product.movements.count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "quantity_change"),
        ({"quantity_change": 0}, "quantity_change"),
        ({"quantity_change": "1"}, "quantity_change"),
        ({"quantity_change": 1.0}, "quantity_change"),
        ({"quantity_change": 2**31}, "quantity_change"),
        ({"quantity_change": None}, "quantity_change"),
        ({"quantity_change": 1, "reason": "x" * 201}, "reason"),
        ({"quantity_change": 1, "stock": 1}, "stock"),
    ],
)
def test_changing_stock_refuses_what_is_wrong(staff: APIClient, body: dict[str, Any], field: str) -> None:
    product = make_product(stock_level=3)
    answer = send(staff, "PUT", f"{PRODUCTS}/{product.pk}/stock", body)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
    assert product.movements.count() == 1


def test_reading_is_one_statement_and_changing_stock_two(staff: APIClient) -> None:
    path = f"{PRODUCTS}/{make_product().pk}"
    budgets: list[tuple[Callable[[], Any], int]] = [
        (lambda: staff.get(PRODUCTS), 1),
        (lambda: staff.get(path), 1),
        (lambda: send(staff, "PUT", f"{path}/stock", {"quantity_change": 1}), 2),
    ]
    for ask, budget in budgets:
        with CaptureQueriesContext(connections["inventory"]) as queries:
            assert ask().status_code == 200
        assert len(queries) == budget
