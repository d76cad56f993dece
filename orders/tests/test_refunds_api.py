"""Refunds, returns, shipping and delivering over HTTP: who may, and what they are answered."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from contracts.errors import PeerUnavailable
from orders.models import Order
from orders.tests.fake_payments import FakePayments
from orders.tests.fakes import FakeInventory
from shopflow.tests.tokens import bearer

pytestmark = pytest.mark.django_db(databases=["orders"])
URL = "/api/v1/orders"
ORDER = {"items": [{"product_id": 1, "quantity": 2}, {"product_id": 2, "quantity": 1}], "payment_method": "pm_ok"}
ONE_LAMP = {"items": [{"product_id": 1, "quantity": 1}]}


class Api:
    """A client that is logged in, at one order."""

    def __init__(self, user_id: int, order_id: int, *, is_staff: bool = False) -> None:
        self.client = Client(headers=bearer(user_id=user_id, is_staff=is_staff))
        self.url = f"{URL}/{order_id}"

    def post(self, path: str, body: Any = None, key: str | None = None) -> Any:
        headers = {} if key is None else {"Idempotency-Key": key}
        return self.client.post(self.url + path, body or {}, content_type="application/json", headers=headers)

    def get(self, path: str = "") -> Any:
        return self.client.get(self.url + path)


@pytest.fixture
def order_id(inventory: FakeInventory, payments: FakePayments) -> int:
    client = Client(headers=bearer(user_id=7))
    id: int = client.post(URL, ORDER, content_type="application/json").json()["id"]
    return id


@pytest.fixture
def api(order_id: int) -> Api:
    return Api(7, order_id)


@pytest.fixture
def staff(order_id: int) -> Api:
    return Api(99, order_id, is_staff=True)


@pytest.mark.parametrize("rights", [(), ("catalogue", "stock", "operations")])
def test_staff_without_the_right_of_orders_are_as_anybody(order_id: int, rights: tuple[str, ...]) -> None:
    clerk = Client(headers=bearer(user_id=99, is_staff=True, rights=rights))

    assert clerk.get(f"{URL}/{order_id}").status_code == 404
    for deed in ("cancel", "refunds"):
        assert clerk.post(f"{URL}/{order_id}/{deed}", {}, content_type="application/json").status_code == 404
    assert clerk.post(f"{URL}/{order_id}/ship", {}, content_type="application/json").status_code == 403


def problem(response: Any) -> tuple[int, str]:
    assert response["Content-Type"] == "application/problem+json"
    return response.status_code, response.json()["code"]


def test_a_refund_answers_what_it_is(api: Api, order_id: int) -> None:
    response = api.post("/refunds", {**ONE_LAMP, "reason": "too bright"})
    assert response.status_code == 201
    body = response.json()
    assert body == {
        "id": body["id"],
        "order_id": order_id,
        "state": "succeeded",
        "amount": 25.5,
        "currency": "EUR",
        "items": [{"product_id": 1, "quantity": 1}],
        "restock": True,
        "reason": "too bright",
        "created_at": body["created_at"],
        "updated_at": body["updated_at"],
    }
    assert api.get("/refunds").json() == [body]
    order = api.get().json()
    assert (order["status"], order["refunded"], [line["refunded"] for line in order["items"]]) == (
        "confirmed",
        25.5,
        [1, 0],
    )


def test_a_whole_refund_needs_no_body(api: Api) -> None:
    assert api.post("/refunds").json()["amount"] == 60.0
    assert api.get().json()["status"] == "refunded"
    assert problem(api.post("/refunds")) == (409, "order_not_refundable")


def test_a_refund_under_way_answers_202(api: Api, payments: FakePayments) -> None:
    payments.fails = PeerUnavailable(peer="payments")
    response = api.post("/refunds")
    assert (response.status_code, response.json()["state"]) == (202, "requested")


def test_a_repeated_key_answers_the_same_refund_and_another_body_422(api: Api) -> None:
    first = api.post("/refunds", ONE_LAMP, key="k").json()
    assert api.post("/refunds", ONE_LAMP, key="k").json() == first
    assert problem(api.post("/refunds", key="k")) == (422, "idempotency_key_reused")


def test_more_than_is_left_says_how_much_that_is(api: Api) -> None:
    response = api.post("/refunds", {"items": [{"product_id": 2, "quantity": 2}]})
    assert problem(response) == (409, "refund_exceeds_order")
    assert (response.json()["product_id"], response.json()["refundable"]) == (2, 1)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"items": []}, "items"),
        ({"items": [{"product_id": 1, "quantity": 0}]}, "items.0.quantity"),
        ({"items": [{"product_id": 1}]}, "items.0.quantity"),
        ({"reason": 5}, "reason"),
        ({"reason": "a" * 201}, "reason"),
        ({"amount": 5}, "amount"),
        ({"restock": False}, "restock"),
    ],
)
def test_an_invalid_body_is_refused_by_its_field(api: Api, body: Any, field: str) -> None:
    response = api.post("/refunds", body)
    assert problem(response) == (400, "invalid")
    assert list(response.json()["errors"]) == [field]


@pytest.mark.parametrize("restock", ["true", 1, None, "no"])
def test_staff_say_restock_with_true_or_false(staff: Api, restock: Any) -> None:
    response = staff.post("/refunds", {"restock": restock})
    assert problem(response) == (400, "invalid")
    assert list(response.json()["errors"]) == ["restock"]


@pytest.mark.parametrize("path", ["/ship", "/deliver", "/returns"])
def test_only_staff_fulfil(api: Api, path: str) -> None:
    assert problem(api.post(path)) == (403, "forbidden")
    assert Order.objects.get().status == "confirmed"


def test_staff_ship_and_deliver_and_take_back(staff: Api, api: Api) -> None:
    assert problem(staff.post("/deliver")) == (409, "order_not_deliverable")
    assert staff.post("/ship", {"tracking": "1Z999"}).json()["status"] == "shipped"
    assert problem(staff.post("/ship")) == (409, "order_not_shippable")
    assert staff.post("/deliver").json()["status"] == "delivered"
    assert problem(api.post("/refunds")) == (409, "order_not_refundable")
    assert staff.post("/refunds", {**ONE_LAMP}).json()["restock"] is False
    assert staff.post("/returns", {**ONE_LAMP}).json()["restock"] is True
    assert api.get().json()["refunded"] == 51.0


def test_staff_see_and_cancel_anybodys_order(staff: Api) -> None:
    assert staff.get().status_code == 200
    assert staff.get("/refunds").json() == []
    assert staff.post("/cancel").json()["status"] == "cancelled"
    assert staff.get("/events").json()[-1]["data"] == {"reason": "staff"}


@pytest.mark.parametrize(
    ("method", "path", "others"),
    [
        ("get", "", (404, "order_not_found")),
        ("get", "/events", (404, "order_not_found")),
        ("get", "/refunds", (404, "order_not_found")),
        ("post", "/refunds", (404, "order_not_found")),
        ("post", "/cancel", (404, "order_not_found")),
        ("post", "/returns", (403, "forbidden")),
        ("post", "/ship", (403, "forbidden")),
        ("post", "/deliver", (403, "forbidden")),
    ],
)
def test_an_order_is_nobody_elses(order_id: int, method: str, path: str, others: tuple[int, str]) -> None:
    assert problem(getattr(Api(8, order_id), method)(path)) == others
    nobody = getattr(Client(), method)(f"{URL}/{order_id}{path}")
    assert problem(nobody)[0] == 401
    assert Order.objects.get().version == 2


def test_an_order_with_refunds_says_why_it_is_not_cancelled(api: Api) -> None:
    api.post("/refunds", ONE_LAMP)
    assert problem(api.post("/cancel")) == (409, "order_has_refunds")


def test_the_history_says_what_came_back(api: Api) -> None:
    refund = api.post("/refunds", ONE_LAMP).json()
    events = api.get("/events").json()
    assert [(event["sequence"], event["type"]) for event in events] == [
        (1, "order.placed"),
        (2, "order.confirmed"),
        (3, "order.refund_requested"),
        (4, "order.refunded"),
    ]
    assert [event["data"] for event in events[:2]] == [{}, {}]
    assert events[3]["data"] == {
        "refund_id": refund["id"],
        "amount": 25.5,
        "currency": "EUR",
        "items": [{"product_id": 1, "quantity": 1}],
        "restock": True,
        "whole": False,
    }
