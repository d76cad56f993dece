"""The back office in both modes: what staff does there reaches customers, other programs and the books alike."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.api.back_office import BackOffice
from tests.api.client import Client
from tests.api.conftest import Customer, Running
from tests.e2e.shop import until
from users.tests.receiver import Receiver, receiving

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif("SHOPFLOW_BASE_URL" in os.environ, reason="looks into the databases"),
]

LEDGER = "SELECT kind, delta, reason, note FROM inventory_stockmovement WHERE product_id = %s ORDER BY id"
ACTORS = "SELECT DISTINCT actor_id FROM inventory_stockmovement WHERE product_id = %s AND kind = 'adjustment'"
MONEY = "SELECT status, captured, refunded FROM payments_paymentintent WHERE order_id = %s"
STAFF_ID = "SELECT id FROM users_user WHERE email = %s"
NOTED = """
    SELECT model, change_message FROM django_admin_log JOIN users_user ON users_user.id = user_id
    JOIN django_content_type ON django_content_type.id = content_type_id
    WHERE email = %s AND (model, object_id) IN (('product', %s), ('order', %s)) ORDER BY django_admin_log.id
"""
IMPORT = "SELECT state, to_jsonb(i) ->> 'error' FROM inventory_import AS i WHERE id = %s"
LAST_RUN = "SELECT state, broken, error FROM back_office_invariantrun ORDER BY id DESC LIMIT 1"
WITHIN = 20.0


@pytest.fixture(scope="module")
def back_office(running: Running) -> BackOffice:
    return BackOffice(running.base_url, **running.staff)


@pytest.fixture
def told(staff: Client) -> Iterator[Receiver]:
    """Another program, that is told of orders that are cancelled."""
    with receiving() as receiver:
        endpoint = {"url": receiver.url, "event_types": ["order.cancelled"]}
        assert staff.post("/api/v1/webhooks/endpoints", endpoint).status == 201
        yield receiver


def test_a_cancelled_order_gives_back_its_money_and_its_stock_and_everybody_is_told(
    running: Running, back_office: BackOffice, customer: Customer, new_product: Callable[..., Any], told: Receiver
) -> None:
    product = new_product()["id"]
    paid = customer.api.post("/api/v1/orders", {"product_id": product, "quantity": 2, "payment_method": "pm_ok"})
    assert (paid.status, paid.body["status"]) == (201, "confirmed")
    order = paid.body["id"]

    back_office.submit(
        f"/admin/inventory/stockmovement/of/{product}/adjust/", delta="-3", reason="damaged", note="fell off the shelf"
    )
    back_office.submit(f"/admin/orders/order/{order}/cancel/")

    assert customer.api.get(f"/api/v1/orders/{order}").body["status"] == "cancelled"
    until(lambda: _money(running, order) == ("refunded", 5100, 5100), "the money back", WITHIN)
    until(lambda: _mailed(running, customer.email, f"Your order {order} was cancelled"), "an e-mail", WITHIN)
    until(lambda: order in [json.loads(taken.body)["data"]["order_id"] for taken in told.taken], "a webhook", WITHIN)
    assert customer.api.get(f"/api/v1/products/{product}").body["stock"] == 7
    assert running.rows("inventory", LEDGER, product) == [
        ("opening", 10, "", ""),
        ("reservation", -2, "", ""),
        ("adjustment", -3, "damaged", "fell off the shelf"),
        ("release", 2, "", ""),
    ]
    assert running.rows("inventory", ACTORS, product) == running.rows("users", STAFF_ID, running.staff["email"])
    noted = running.rows("users", NOTED, running.staff["email"], str(product), str(order))
    assert [model for model, _ in noted] == ["product", "order"], noted


def test_a_file_of_counts_is_checked_applied_and_undone_in_the_background(
    running: Running, back_office: BackOffice, anyone: Client, new_product: Callable[..., Any]
) -> None:
    product = new_product()
    file = f"sku,counted\n{product['sku']},7\n".encode()
    page = back_office.upload("/admin/inventory/import/stock/", "counts.csv", file)
    for state, deed, left in (("checked", "confirm/", 10), ("applied", "undo/", 7), ("undone", "", 10)):
        until(lambda state=state: _import_is(running, page, state), f"an import that is {state}", WITHIN)  # type: ignore[misc]
        assert anyone.get(f"/api/v1/products/{product['id']}").body["stock"] == left
        if deed:
            back_office.submit(page, to=deed)
    moved = [(kind, delta) for kind, delta, *_ in running.rows("inventory", LEDGER, product["id"])]
    assert moved == [("opening", 10), ("count", -3), ("undo", 3)]


def test_the_invariants_are_read_beside_the_back_office(running: Running, back_office: BackOffice) -> None:
    back_office.submit("/admin/invariants/", to="/invariants/run/")
    until(lambda: running.rows("users", LAST_RUN)[0][0] != "running", "the end of a run", 2 * WITHIN)
    assert running.rows("users", LAST_RUN) == [("finished", 0, "")]
    assert "stock of each product is the sum of its ledger" in back_office.get("/admin/invariants/")


def test_the_session_is_for_the_back_office_alone(back_office: BackOffice) -> None:
    assert {cookie.name: cookie.path for cookie in back_office.cookies} == {
        "sessionid": "/admin/",
        "csrftoken": "/admin/",
    }


def _import_is(running: Running, page: str, state: str) -> bool:
    [(now, error)] = running.rows("inventory", IMPORT, int(page.rstrip("/").split("/")[-2]))
    assert now != "failed", error
    return bool(now == state)


def _money(running: Running, order: int) -> tuple[Any, ...]:
    [row] = running.rows("payments", MONEY, order)
    return row


def _mailed(running: Running, email: str, subject: str) -> bool:
    mails = [path.read_text() for path in running.mails.glob("*")]
    return any(f"To: {email}\n" in mail and f"Subject: {subject}\n" in mail for mail in mails)
