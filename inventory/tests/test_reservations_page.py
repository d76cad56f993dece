"""Reservations in the back office: those that are held, each by its id, and the movements that it caused."""

from __future__ import annotations

import html
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inventory import stock
from inventory.models import Product, Reservation
from inventory.tests.conftest import line, make_product, reservation_id
from inventory.tests.staff import browser_of

pytestmark = pytest.mark.django_db(databases=["users", "inventory"])

LIST = reverse("admin:inventory_reservation_changelist")


def held_of(*products: Product, ttl_seconds: int = 900) -> str:
    lines = [line(product, 2) for product in products]
    id = reservation_id()
    return stock.reserve_stock(reservation_id=id, lines=lines, ttl_seconds=ttl_seconds).reservation_id


def listed(client: Client, **query: str) -> list[str]:
    return [str(reservation.pk) for reservation in client.get(LIST, query).context["cl"].result_list]


def page_of(id: str) -> str:
    return reverse("admin:inventory_reservation_change", args=[id])


def text_of(answer: Any) -> str:
    return html.unescape(answer.content.decode())


@pytest.fixture
def keeper() -> Client:
    return browser_of("stock", username="keeper")


def test_what_is_held_is_listed_soonest_to_expire_first(keeper: Client) -> None:
    lamp = make_product()
    later, sooner, closed = held_of(lamp, ttl_seconds=900), held_of(lamp, ttl_seconds=60), held_of(lamp)
    stock.release_reservation(reservation_id=closed)
    assert listed(keeper) == [sooner, later]
    assert listed(keeper, which="all") == sorted([sooner, later, closed])


def test_what_should_have_expired_has_a_list_of_its_own(keeper: Client) -> None:
    lamp = make_product()
    overdue, _ = held_of(lamp), held_of(lamp)
    Reservation.objects.filter(pk=overdue).update(expires_at=Now() - timedelta(minutes=5))
    assert listed(keeper, which="overdue") == [overdue]


def test_each_is_found_by_its_whole_id_whatever_its_state(keeper: Client) -> None:
    id = held_of(make_product())
    stock.release_reservation(reservation_id=id)
    assert (listed(keeper, q=id), listed(keeper, q=f" {id.upper()} ")) == ([id], [id])
    assert (listed(keeper, q=id[:8]), listed(keeper)) == ([], [])


@pytest.mark.parametrize("close", [stock.commit_reservation, stock.release_reservation])
def test_shows_its_lines_and_leads_to_its_movements(keeper: Client, close: Any) -> None:
    lamp, mug = make_product(name="Lamp", price=2550), make_product(name="Mug")
    id = held_of(lamp, mug)
    held_of(lamp)
    close(reservation_id=id)
    shown = text_of(keeper.get(page_of(id)))
    assert ("Lamp" in shown, "Mug" in shown, "25.50" in shown) == (True, True, True)
    for movement in lamp.movements.all() | mug.movements.all():
        ledger = reverse("admin:inventory_product_ledger", kwargs={"product_id": movement.product_id})
        assert (f'href="{ledger}?before={movement.pk + 1}"' in shown) == (movement.reference == id)


def test_those_who_watch_the_operations_see_them_and_the_catalogue_does_not() -> None:
    id = held_of(make_product())
    for group, status in (("operations", 200), ("stock", 200), ("catalogue", 403), ("orders", 403)):
        client = browser_of(group)
        assert (client.get(LIST).status_code, client.get(page_of(id)).status_code) == (status, status)
        assert client.post(page_of(id), {"state": "released"}).status_code == 403
    shown = text_of(browser_of("operations", username="watcher").get(page_of(id)))
    assert ("Reserved for an order" in shown, "?before=" in shown) == (True, False)


def test_a_page_costs_as_many_statements_for_many_lines_as_for_one(keeper: Client) -> None:
    one, many = held_of(make_product()), held_of(make_product(), make_product(), make_product())
    for id in (one, many):
        with CaptureQueriesContext(connections["inventory"]) as queries:
            assert keeper.get(page_of(id)).status_code == 200
        assert len([query for query in queries if query["sql"].startswith("SELECT")]) == 3
