"""The rows of the API's table that are about orders, as a client sees them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from contracts.errors import PeerUnavailable
from contracts.inventory import StockLine
from contracts.payments import PaymentInProgress
from contracts.ports import Ports, ports, using
from contracts.users import FindUsers, GetUser, GetUsers, User, Users, UsersService
from orders import services
from orders.models import Order
from orders.tests.fake_payments import FakePayments
from orders.tests.fakes import FakeInventory
from shopflow.tests.tokens import bearer

pytestmark = pytest.mark.django_db(databases=["orders"])
URL = "/api/v1/orders"
LAMPS = {"product_id": 1, "quantity": 2}


class Api:
    """A client that is logged in as one user."""

    def __init__(self, user_id: int) -> None:
        self.client = Client(headers=bearer(user_id=user_id))

    def place(self, body: Any, key: str | None = None) -> Any:
        headers = {} if key is None else {"Idempotency-Key": key}
        return self.client.post(URL, body, content_type="application/json", headers=headers)

    def get(self, path: str = "") -> Any:
        return self.client.get(URL + path)

    def post(self, path: str) -> Any:
        return self.client.post(URL + path)


@pytest.fixture
def api(inventory: FakeInventory) -> Api:
    return Api(7)


def problem(response: Any) -> tuple[int, str]:
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == response.status_code
    return response.status_code, body["code"]


def test_placing_an_order_answers_the_whole_order(api: Api) -> None:
    response = api.place(LAMPS)
    assert response.status_code == 201
    body = response.json()
    order = Order.objects.get()
    assert response["Location"] == f"{URL}/{order.id}"
    assert body == {
        "id": order.id,
        "user_id": 7,
        "status": "confirmed",
        "total_price": 51.0,
        "refunded": 0.0,
        "currency": "EUR",
        "next_action": None,
        "items": [{"product_id": 1, "name": "Lamp", "quantity": 2, "unit_price": 25.5, "refunded": 0}],
        "product_id": 1,
        "quantity": 2,
        "created_at": body["created_at"],
        "updated_at": body["created_at"],
    }
    assert api.get(f"/{order.id}").json() == body


def test_several_lines_leave_product_id_and_quantity_null(api: Api) -> None:
    body = api.place({"items": [LAMPS, {"product_id": 2, "quantity": 1}]}).json()
    assert (body["product_id"], body["quantity"], len(body["items"])) == (None, None, 2)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "product_id"),
        ({"product_id": 1}, "quantity"),
        ({"product_id": 1, "quantity": 0}, "quantity"),
        ({"product_id": 1, "quantity": -1}, "quantity"),
        ({"product_id": 1, "quantity": 1.5}, "quantity"),
        ({"product_id": 1, "quantity": "2"}, "quantity"),
        ({"product_id": "1", "quantity": 2}, "product_id"),
        ({"product_id": True, "quantity": 2}, "product_id"),
        ({"product_id": None, "quantity": 2}, "product_id"),
        ({"product_id": 2**70, "quantity": 2}, "product_id"),
        ({"product_id": 1, "quantity": 10**9}, "quantity"),
        ({"items": [{"product_id": 1, "quantity": 1, "payment_method": "pm_ok"}]}, "items.0.payment_method"),
        ({"product_id": 1, "quantity": 1, "colour": "red"}, "colour"),
        ({"items": []}, "items"),
        ({"items": [{"product_id": 1}]}, "items.0.quantity"),
        ({"items": [{"product_id": 1, "quantity": 1}] * 101}, "items"),
        ({"items": [{"product_id": 1, "quantity": 1}], "product_id": 1}, "product_id"),
        ({"items": {"product_id": 1, "quantity": 1}}, "items"),
    ],
)
def test_an_invalid_body_is_refused_by_its_field(api: Api, body: Any, field: str) -> None:
    response = api.place(body)
    assert problem(response) == (400, "invalid")
    assert any(name.startswith(field) for name in response.json()["errors"]), response.json()
    assert not Order.objects.exists()


def test_not_enough_stock_says_what_is_left(api: Api) -> None:
    response = api.place({"product_id": 1, "quantity": 11})
    assert problem(response) == (400, "out_of_stock")
    assert (response.json()["product_id"], response.json()["available"]) == (1, 10)


def test_an_unknown_product_is_not_found(api: Api) -> None:
    assert problem(api.place({"product_id": 99, "quantity": 1})) == (404, "product_not_found")


def test_mixed_currencies_are_refused(api: Api) -> None:
    response = api.place({"items": [LAMPS, {"product_id": 3, "quantity": 1}]})
    assert problem(response) == (400, "mixed_currencies")
    assert response.json()["currencies"] == "EUR,USD"


def test_without_a_token_every_order_url_answers_401(api: Api) -> None:
    anonymous = Client()
    for method, path in [("get", ""), ("post", ""), ("get", "/1"), ("post", "/1/cancel"), ("get", "/1/events")]:
        response = getattr(anonymous, method)(URL + path)
        assert problem(response)[0] == 401
        assert response["WWW-Authenticate"].startswith("Bearer")


def test_the_same_key_gives_the_same_order(api: Api, inventory: FakeInventory) -> None:
    first, again = api.place(LAMPS, key="k"), api.place(LAMPS, key="k")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert inventory.stock[1] == 8


def test_the_same_key_with_another_body_answers_422(api: Api) -> None:
    api.place(LAMPS, key="k")
    assert problem(api.place({"product_id": 1, "quantity": 3}, key="k")) == (422, "idempotency_key_reused")


def test_the_same_key_while_its_order_is_in_progress_answers_409(api: Api, payments: FakePayments) -> None:
    payments.fails = PaymentInProgress(order_id=1)
    paid = {**LAMPS, "payment_method": "pm_ok"}
    assert api.place(paid, key="k").status_code == 202
    assert problem(api.place(paid, key="k")) == (409, "order_in_progress")


def test_a_declined_payment_answers_402_with_the_order_and_the_reason(api: Api, payments: FakePayments) -> None:
    response = api.place({**LAMPS, "payment_method": "pm_declined"})
    assert problem(response) == (402, "payment_declined")
    assert (response.json()["order_id"], response.json()["reason"]) == (Order.objects.get().id, "insufficient_funds")


def test_what_the_customer_has_to_do_is_answered_with_201_and_pending(api: Api, payments: FakePayments) -> None:
    response = api.place({**LAMPS, "payment_method": "pm_requires_action"})
    assert (response.status_code, response.json()["status"]) == (201, "pending")
    assert response.json()["next_action"] == {"kind": "redirect", "url": "https://bank.test/3ds"}


def test_an_unknown_outcome_answers_202_with_the_order(api: Api, payments: FakePayments) -> None:
    payments.fails = PeerUnavailable(peer="payments")
    response = api.place({**LAMPS, "payment_method": "pm_ok"})
    assert (response.status_code, response.json()["status"]) == (202, "pending")
    assert response["Location"] == f"{URL}/{response.json()['id']}"


@pytest.mark.parametrize(
    "method",
    [
        "4242424242424242",
        "4242 4242 4242 4242",
        "pm_4242424242424242",
        "pm_4242-4242-4242-4242",
        "pm_4242_4242_4242_4242",
        "123456789012",
    ],
)
def test_what_looks_like_a_card_number_is_refused_as_such(api: Api, method: str) -> None:
    response = api.place({**LAMPS, "payment_method": method})
    assert problem(response) == (400, "invalid")
    assert "number of a card" in response.json()["errors"]["payment_method"][0]
    assert method not in response.content.decode()


@pytest.mark.parametrize("method", ["", "ok", "4242", "pm_", "pm_ä", "pm_" + "a" * 62, 5, None])
def test_what_is_no_payment_method_is_refused_by_its_field(api: Api, method: Any) -> None:
    response = api.place({**LAMPS, "payment_method": method})
    assert problem(response) == (400, "invalid")
    assert list(response.json()["errors"]) == ["payment_method"]


def test_where_nothing_is_sold_on_invoice_a_payment_method_is_needed(api: Api, settings: Any) -> None:
    settings.INVOICE = False
    response = api.place(LAMPS)
    assert problem(response) == (400, "invalid")
    assert list(response.json()["errors"]) == ["payment_method"]
    assert api.place({**LAMPS, "payment_method": "pm_ok"}).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "späße", "with space"])
def test_an_unusable_key_is_refused_by_its_name(api: Api, key: str) -> None:
    response = api.place(LAMPS, key=key)
    assert problem(response) == (400, "invalid")
    assert list(response.json()["errors"]) == ["Idempotency-Key"]


def test_the_list_is_a_plain_array_of_ones_own_newest_first(api: Api) -> None:
    ids = [api.place({"product_id": 1, "quantity": 1}).json()["id"] for _ in range(3)]
    Api(8).place(LAMPS)
    assert [order["id"] for order in api.get().json()] == ids[::-1]


def test_the_list_filters_by_status(api: Api) -> None:
    kept, cancelled = (api.place({"product_id": 1, "quantity": 1}).json()["id"] for _ in range(2))
    api.post(f"/{cancelled}/cancel")
    assert [order["id"] for order in api.get("?status=cancelled").json()] == [cancelled]
    assert [order["id"] for order in api.get("?status=confirmed").json()] == [kept]
    assert problem(api.get("?status=lost")) == (400, "invalid")


def test_the_list_goes_on_with_its_next_link_until_the_end(api: Api) -> None:
    ids = [api.place({"product_id": 1, "quantity": 1}).json()["id"] for _ in range(5)]
    seen: list[int] = []
    path: str | None = "?limit=2"
    while path:
        response = api.get(path)
        seen += [order["id"] for order in response.json()]
        path = response.get("Link", "").partition("orders")[2].partition(">")[0] or None
    assert seen == ids[::-1]


def test_the_list_costs_two_queries_whatever_its_length(api: Api, django_assert_num_queries: Any) -> None:
    for _ in range(4):
        api.place({"items": [{"product_id": 1, "quantity": 1}, {"product_id": 2, "quantity": 1}]})
    with django_assert_num_queries(2, using="orders"):
        api.get()


def test_anothers_order_is_not_found(api: Api) -> None:
    id = api.place(LAMPS).json()["id"]
    other = Api(8)
    for response in (other.get(f"/{id}"), other.post(f"/{id}/cancel"), other.get(f"/{id}/events")):
        assert problem(response) == (404, "order_not_found")


def test_cancelling_answers_the_order_and_then_409(api: Api, inventory: FakeInventory) -> None:
    id = api.place(LAMPS).json()["id"]
    response = api.post(f"/{id}/cancel")
    assert (response.status_code, response.json()["status"]) == (200, "cancelled")
    assert inventory.stock[1] == 10
    assert problem(api.post(f"/{id}/cancel")) == (409, "order_not_cancellable")


def test_the_history_is_told_from_the_first_event_on(api: Api) -> None:
    id = api.place(LAMPS).json()["id"]
    api.post(f"/{id}/cancel")
    events = api.get(f"/{id}/events").json()
    assert [(event["sequence"], event["type"]) for event in events] == [(1, "order.confirmed"), (2, "order.cancelled")]


class Nobody(UsersService):
    def get_user(self, request: GetUser) -> User:
        raise PeerUnavailable(peer="users")

    def get_users(self, request: GetUsers) -> Users:
        raise PeerUnavailable(peer="users")

    def find_users(self, request: FindUsers) -> Users:
        raise PeerUnavailable(peer="users")


def test_expanding_brings_the_products_and_says_what_is_missing(api: Api) -> None:
    id = api.place(LAMPS).json()["id"]
    now = ports()
    with using(Ports(users=Nobody(), inventory=now.inventory, orders=now.orders, payments=now.payments)):
        body = api.get(f"/{id}?expand=user,products").json()
    assert body["user"] is None
    assert [product["name"] for product in body["products"]] == ["Lamp"]
    assert body["warnings"] == ["user: A service that this needs cannot be reached."]
    assert "user" not in api.get(f"/{id}?expand=products").json()


def test_an_unknown_expansion_is_refused(api: Api) -> None:
    id = api.place(LAMPS).json()["id"]
    response = api.get(f"/{id}?expand=weather")
    assert problem(response) == (400, "invalid")
    assert list(response.json()["errors"]) == ["expand"]


def test_what_the_api_answers_is_what_the_service_placed(api: Api) -> None:
    placed = services.place_order(user_id=7, lines=[StockLine(product_id=1, quantity=2)])
    assert api.get(f"/{placed.id}").json()["total_price"] == placed.total / 100
