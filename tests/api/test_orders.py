"""The rows of the API's table that are about orders."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from tests.api.client import Client
from tests.api.conftest import Customer, NewCustomer, assert_problem
from tests.api.test_products import every_page

pytestmark = pytest.mark.e2e

ORDERS = "/api/v1/orders"
FIELDS = {
    "id",
    "user_id",
    "status",
    "total_price",
    "refunded",
    "currency",
    "next_action",
    "items",
    "product_id",
    "quantity",
    "created_at",
    "updated_at",
}


def stock(client: Client, product: Any) -> int:
    found = client.get(f"/api/v1/products/{product['id']}").body["stock"]
    assert type(found) is int
    return found


def test_an_order_of_one_product_is_confirmed_at_once(customer: Customer, product: Any) -> None:
    answer = customer.api.post(ORDERS, {"product_id": product["id"], "quantity": 2})
    assert answer.status == 201
    order = answer.body
    assert set(order) == FIELDS
    assert (order["status"], order["user_id"]) == ("confirmed", customer.id)
    assert (order["total_price"], order["currency"]) == (51, "EUR")
    line = {"product_id": product["id"], "name": "Test lamp", "quantity": 2, "unit_price": 25.5, "refunded": 0}
    assert order["items"] == [line]
    assert (order["refunded"], order["next_action"]) == (0, None)
    assert (order["product_id"], order["quantity"]) == (product["id"], 2)
    assert datetime.fromisoformat(order["created_at"]).tzinfo is not None
    assert stock(customer.api, product) == 8


def test_an_order_of_several_products_has_no_single_product(
    customer: Customer, new_product: Callable[..., Any]
) -> None:
    lamp, mug = new_product(), new_product(name="Mug", price=0.1)
    lines = [{"product_id": mug["id"], "quantity": 3}, {"product_id": lamp["id"], "quantity": 1}]
    order = customer.api.post(ORDERS, {"items": lines}).body
    assert (order["total_price"], order["product_id"], order["quantity"]) == (25.8, None, None)
    assert {line["product_id"]: line["quantity"] for line in order["items"]} == {mug["id"]: 3, lamp["id"]: 1}
    assert (stock(customer.api, lamp), stock(customer.api, mug)) == (9, 7)


def test_a_price_of_an_order_is_that_of_the_day(customer: Customer, staff: Client, product: Any) -> None:
    order = customer.api.post(ORDERS, {"product_id": product["id"], "quantity": 1}).body
    staff.patch(f"/api/v1/products/{product['id']}", {"price": 99, "name": "Other"})
    assert customer.api.get(f"{ORDERS}/{order['id']}").body == order


def test_more_than_is_left_answers_400_and_what_is_left(customer: Customer, product: Any) -> None:
    answer = customer.api.post(ORDERS, {"product_id": product["id"], "quantity": 11})
    assert_problem(answer, 400, code="out_of_stock")
    assert (answer.body["product_id"], answer.body["available"]) == (product["id"], 10)
    assert stock(customer.api, product) == 10


def test_a_product_that_is_not_there_answers_404(customer: Customer, staff: Client, product: Any) -> None:
    for id in (987654321, 2**63 - 1):
        assert_problem(customer.api.post(ORDERS, {"product_id": id, "quantity": 1}), 404)
    staff.delete(f"/api/v1/products/{product['id']}")
    assert_problem(customer.api.post(ORDERS, {"product_id": product["id"], "quantity": 1}), 404)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "product_id"),
        ({"product_id": 1}, "quantity"),
        ({"quantity": 1}, "product_id"),
        ({"product_id": "1", "quantity": 1}, "product_id"),
        ({"product_id": 1.5, "quantity": 1}, "product_id"),
        ({"product_id": True, "quantity": 1}, "product_id"),
        ({"product_id": None, "quantity": 1}, "product_id"),
        ({"product_id": 0, "quantity": 1}, "product_id"),
        ({"product_id": 2**63, "quantity": 1}, "product_id"),
        ({"product_id": 10**30, "quantity": 1}, "product_id"),
        ({"product_id": 1, "quantity": 0}, "quantity"),
        ({"product_id": 1, "quantity": -1}, "quantity"),
        ({"product_id": 1, "quantity": 10**30}, "quantity"),
        ({"items": []}, "items"),
        ({"items": {}}, "items"),
        ({"items": [[]]}, "items"),
        ({"items": [{"product_id": 1}]}, "items"),
        ({"items": [{"product_id": 1, "quantity": 1}] * 10_000}, "items"),
        ({"items": [{"product_id": 1, "quantity": 1, "price": 0}]}, "items"),
        ({"product_id": 1, "quantity": 1, "price": 0}, "price"),
        ({"product_id": 1, "quantity": 1, "user_id": 5}, "user_id"),
    ],
)
def test_an_invalid_order_answers_400_and_is_named(customer: Customer, body: dict[str, Any], field: str) -> None:
    assert_problem(customer.api.post(ORDERS, body), 400, field=field)


@pytest.mark.parametrize("body", [[], "text", 1, None])
def test_what_is_no_object_answers_400(customer: Customer, body: Any) -> None:
    assert_problem(customer.api.post(ORDERS, body), 400)


def test_every_path_of_orders_answers_401_without_a_token_or_with_a_bad_one(anyone: Client) -> None:
    for method, path in (
        ("POST", ORDERS),
        ("GET", ORDERS),
        ("GET", f"{ORDERS}/1"),
        ("POST", f"{ORDERS}/1/cancel"),
        ("GET", f"{ORDERS}/1/events"),
    ):
        body: Any = {} if method == "POST" else None
        for client in (anyone, anyone.bearing("bad")):
            answer = client.send(method, path, body)
            assert_problem(answer, 401)
            assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_key_orders_once(customer: Customer, product: Any) -> None:
    key = str(uuid.uuid4())
    body = {"product_id": product["id"], "quantity": 2}
    first = customer.api.post(ORDERS, body, Idempotency_Key=key)
    again = customer.api.post(ORDERS, body, Idempotency_Key=key)
    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert stock(customer.api, product) == 8
    assert customer.api.get(ORDERS).body == [first.body]


def test_a_key_with_another_body_answers_422(customer: Customer, product: Any) -> None:
    key = str(uuid.uuid4())
    customer.api.post(ORDERS, {"product_id": product["id"], "quantity": 2}, Idempotency_Key=key)
    assert_problem(customer.api.post(ORDERS, {"product_id": product["id"], "quantity": 3}, Idempotency_Key=key), 422)
    assert stock(customer.api, product) == 8


def test_a_key_is_its_users_own(new_customer: NewCustomer, product: Any) -> None:
    key = str(uuid.uuid4())
    body = {"product_id": product["id"], "quantity": 1}
    ids = {new_customer().api.post(ORDERS, body, Idempotency_Key=key).body["id"] for _ in range(2)}
    assert len(ids) == 2


@pytest.mark.parametrize("key", ["x" * 5000, ""])
def test_a_key_that_cannot_be_kept_answers_400(customer: Customer, product: Any, key: str) -> None:
    body = {"product_id": product["id"], "quantity": 1}
    assert_problem(customer.api.post(ORDERS, body, Idempotency_Key=key), 400)
    assert stock(customer.api, product) == 10


def test_the_list_has_the_users_own_orders_newest_first(new_customer: NewCustomer, product: Any) -> None:
    ada, bob = new_customer(), new_customer()
    placed = [ada.api.post(ORDERS, {"product_id": product["id"], "quantity": 1}).body for _ in range(3)]
    bob.api.post(ORDERS, {"product_id": product["id"], "quantity": 1})
    assert ada.api.get(ORDERS).body == placed[::-1]
    assert every_page(ada.api, f"{ORDERS}?limit=2") == placed[::-1]
    ada.api.post(f"{ORDERS}/{placed[0]['id']}/cancel")
    assert [order["id"] for order in ada.api.get(f"{ORDERS}?status=cancelled").body] == [placed[0]["id"]]
    assert len(ada.api.get(f"{ORDERS}?status=confirmed").body) == 2
    assert_problem(ada.api.get(f"{ORDERS}?status=lost"), 400, field="status")
    assert_problem(ada.api.get(f"{ORDERS}?after=garbage"), 400, field="after")


def test_another_users_order_answers_404_wherever_it_is_asked_for(
    new_customer: NewCustomer, staff: Client, product: Any
) -> None:
    order, api = new_customer().api.post(ORDERS, {"product_id": product["id"], "quantity": 1}).body, new_customer().api
    for path in ("", "/events", "/refunds"):
        assert_problem(api.get(f"{ORDERS}/{order['id']}{path}"), 404)
    for path in ("/cancel", "/refunds"):
        assert_problem(api.post(f"{ORDERS}/{order['id']}{path}", {}), 404)
    assert stock(staff, product) == 9


def test_staff_see_and_cancel_the_order_of_whoever_it_is(
    new_customer: NewCustomer, staff: Client, product: Any
) -> None:
    order = new_customer().api.post(ORDERS, {"product_id": product["id"], "quantity": 1}).body
    assert staff.get(f"{ORDERS}/{order['id']}").body == order
    assert staff.post(f"{ORDERS}/{order['id']}/cancel").body["status"] == "cancelled"
    assert staff.get(f"{ORDERS}/{order['id']}/events").body[-1]["data"] == {"reason": "staff"}
    assert stock(staff, product) == 10


@pytest.mark.parametrize("id", ["0", "987654321", "9223372036854775808", "x"])
def test_an_order_that_is_not_there_answers_404(customer: Customer, id: str) -> None:
    assert_problem(customer.api.get(f"{ORDERS}/{id}"), 404)
    assert_problem(customer.api.post(f"{ORDERS}/{id}/cancel"), 404)
    assert_problem(customer.api.get(f"{ORDERS}/{id}/events"), 404)


def test_expanding_brings_the_user_and_the_products_along(customer: Customer, product: Any) -> None:
    order = customer.api.post(ORDERS, {"product_id": product["id"], "quantity": 1}).body
    answer = customer.api.get(f"{ORDERS}/{order['id']}?expand=user,products")
    assert answer.status == 200
    assert {name: answer.body[name] for name in FIELDS} == order
    assert (answer.body["user"]["id"], answer.body["user"]["email"]) == (customer.id, customer.email)
    assert [(found["id"], found["price"]) for found in answer.body["products"]] == [(product["id"], 25.5)]
    assert set(customer.api.get(f"{ORDERS}/{order['id']}?expand=user").body) == FIELDS | {"user"}
    assert_problem(customer.api.get(f"{ORDERS}/{order['id']}?expand=payments"), 400, field="expand")


def test_cancelling_puts_the_stock_back_once(customer: Customer, product: Any) -> None:
    order = customer.api.post(ORDERS, {"product_id": product["id"], "quantity": 4}).body
    answer = customer.api.post(f"{ORDERS}/{order['id']}/cancel")
    assert (answer.status, answer.body["status"]) == (200, "cancelled")
    assert stock(customer.api, product) == 10
    assert_problem(customer.api.post(f"{ORDERS}/{order['id']}/cancel"), 409)
    assert stock(customer.api, product) == 10


def test_the_history_of_an_order_is_told_in_order(customer: Customer, product: Any) -> None:
    order = customer.api.post(ORDERS, {"product_id": product["id"], "quantity": 1}).body
    customer.api.post(f"{ORDERS}/{order['id']}/cancel")
    answer = customer.api.get(f"{ORDERS}/{order['id']}/events")
    assert answer.status == 200
    assert [event["type"] for event in answer.body] == ["order.confirmed", "order.cancelled"]
