"""The back office writes through the services, and looks without touching."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contracts.inventory import StockLine
from inventory import services, stock
from inventory.admin.forms import ChangedProductForm
from inventory.models import MovementKind, Product
from inventory.tests.conftest import make_product, reservation_id
from shopflow.messaging.models import OutboxEvent

pytestmark = pytest.mark.django_db(databases=["users", "inventory"])

LIST = reverse("admin:inventory_product_changelist")
ADD = reverse("admin:inventory_product_add")
FORM: dict[str, Any] = {"name": "Desk Lamp", "sku": "", "category": "Home", "description": "", "price": "25.50"}
FORM |= {"currency": "EUR"}


@pytest.fixture
def staff() -> Client:
    user = get_user_model()._default_manager.create_superuser(
        username="keeper", email="keeper@example.com", password="correct horse 7"
    )
    client = Client()
    client.force_login(user)
    return client


def page_of(product: Product) -> str:
    return reverse("admin:inventory_product_change", args=[product.pk])


def form_of(product: Product, **typed: str) -> dict[str, Any]:
    """What a browser sends that opened the page when the product was as it is here."""
    return {**FORM, "sku": product.sku, "seen": product.updated_at.isoformat(), **typed}


def seen_on(page: str) -> str:
    """The token in the page's form."""
    found = re.search(r'name="seen" value="([^"]+)"', page)
    assert found
    return found[1]


def test_a_product_made_here_has_its_ledger_and_its_events(staff: Client) -> None:
    answer = staff.post(ADD, {**FORM, "opening_stock": "3"})
    assert (answer.status_code, answer["Location"]) == (302, LIST)
    product = Product.objects.get()
    assert (product.name, product.price, product.stock, product.sku[:5]) == ("Desk Lamp", 2550, 3, "DESK-")
    assert list(product.movements.values_list("delta", "kind")) == [(3, "opening")]
    events = OutboxEvent.objects.using("inventory").order_by("id").values_list("type", flat=True)
    assert list(events) == ["product.created", "stock.adjusted"]


def test_a_change_and_a_stock_movement_in_one_form(staff: Client) -> None:
    product = make_product(name="Old", stock_level=5)
    form = form_of(product, stock_change="-2", reason="Broken")
    assert staff.post(page_of(product), form).status_code == 302
    product.refresh_from_db()
    assert (product.name, product.price, product.stock) == ("Desk Lamp", 2550, 3)
    assert list(product.movements.order_by("id").values_list("delta", "reason"))[1:] == [(-2, "Broken")]


def test_a_form_without_changes_writes_nothing(staff: Client) -> None:
    product = make_product(name="Desk Lamp", category="Home", price=2550)
    events = OutboxEvent.objects.using("inventory").count()
    assert staff.post(page_of(product), form_of(product)).status_code == 302
    assert OutboxEvent.objects.using("inventory").count() == events


def test_taking_more_than_is_left_is_refused_beside_the_field(staff: Client) -> None:
    product = make_product(stock_level=5)
    answer = staff.post(page_of(product), form_of(product, stock_change="-6"))
    assert (answer.status_code, "Only 5 are left." in answer.content.decode()) == (200, True)
    product.refresh_from_db()
    assert (product.stock, product.name) == (5, f"Product {product.sku}")


def test_a_refusal_of_the_service_is_told_and_nothing_is_saved(staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    product = make_product(stock_level=5)
    monkeypatch.setattr("inventory.admin.forms.ChangedProductForm.clean_stock_change", lambda form: -6)
    answer = staff.post(page_of(product), form_of(product), follow=True)
    assert "The stock cannot go below zero." in answer.content.decode()
    product.refresh_from_db()
    assert (product.stock, product.name) == (5, f"Product {product.sku}")


def test_a_form_opened_before_a_colleagues_change_does_not_take_it_back(staff: Client) -> None:
    product = make_product(name="Desk Lamp", category="Home", price=2550)
    assert seen_on(staff.get(page_of(product)).content.decode()) == product.updated_at.isoformat()
    services.update_product(product_id=product.pk, name="Better Lamp")
    answer = staff.post(page_of(product), form_of(product, price="19.99"))
    page = html.unescape(answer.content.decode())
    assert (answer.status_code, "Name is now 'Better Lamp'" in page, 'value="19.99"' in page) == (200, True, True)
    stored = Product.objects.get()
    assert (stored.name, stored.price) == ("Better Lamp", 2550)
    assert seen_on(page) == stored.updated_at.isoformat()
    again = form_of(product, name="Better Lamp", price="19.99", seen=seen_on(page))
    assert staff.post(page_of(product), again).status_code == 302
    stored.refresh_from_db()
    assert (stored.name, stored.price) == ("Better Lamp", 1999)


def test_a_colleagues_change_between_look_and_save_is_not_taken_back_either(
    staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = make_product(name="Desk Lamp", category="Home", price=2550)
    look = ChangedProductForm.clean

    def too_early(form: ChangedProductForm) -> None:
        monkeypatch.setattr(ChangedProductForm, "clean", look)

    monkeypatch.setattr(ChangedProductForm, "clean", too_early)
    services.update_product(product_id=product.pk, name="Better Lamp")
    answer = staff.post(page_of(product), form_of(product, price="19.99"))
    page = html.unescape(answer.content.decode())
    assert (answer.status_code, "Name is now 'Better Lamp'" in page, 'value="19.99"' in page) == (200, True, True)
    product.refresh_from_db()
    assert (product.name, product.price) == ("Better Lamp", 2550)


def test_a_sale_is_no_change_that_refuses_a_form(staff: Client) -> None:
    product = make_product(stock_level=5)
    stock.adjust_stock(product_id=product.pk, delta=-1, kind=MovementKind.ADJUSTMENT)
    assert staff.post(page_of(product), form_of(product)).status_code == 302


@pytest.mark.parametrize("seen", ["", "yesterday"])
def test_a_form_that_does_not_say_what_it_showed_saves_nothing(staff: Client, seen: str) -> None:
    product = make_product()
    assert staff.post(page_of(product), form_of(product, seen=seen)).status_code == 200
    product.refresh_from_db()
    assert product.name == f"Product {product.sku}"


@pytest.mark.parametrize("sku", ["A B", "-A", "Ä1", "A\nB"])
def test_a_sku_has_the_letters_that_the_api_takes(staff: Client, sku: str) -> None:
    product = make_product()
    for url, form in ((ADD, {**FORM, "opening_stock": "0"}), (page_of(product), form_of(product))):
        answer = staff.post(url, {**form, "sku": sku})
        assert (answer.status_code, "Letters, digits and . _ / - only." in answer.content.decode()) == (200, True)


def test_a_price_has_the_limit_that_the_api_has(staff: Client) -> None:
    answer = staff.post(ADD, {**FORM, "opening_stock": "0", "price": "10000000"})
    assert "less than or equal to 9999999.99" in answer.content.decode()


def test_the_stock_itself_is_no_field(staff: Client) -> None:
    product = make_product(stock_level=5)
    staff.post(page_of(product), form_of(product, stock="500"))
    product.refresh_from_db()
    assert product.stock == 5
    assert 'name="stock"' not in staff.get(page_of(product)).content.decode()


def test_archives_and_never_deletes(staff: Client) -> None:
    product = make_product()
    assert staff.post(reverse("admin:inventory_product_delete", args=[product.pk])).status_code == 403
    staff.post(LIST, {"action": "archive", "_selected_action": [product.pk]})
    product.refresh_from_db()
    assert product.active is False
    assert OutboxEvent.objects.using("inventory").latest("id").type == "product.archived"
    assert staff.get(page_of(product)).status_code == 200
    assert staff.post(page_of(product), form_of(product)).status_code == 403


@pytest.mark.parametrize("q", ["lamp", "lammp", "L-1"])
def test_searches_as_the_shop_does(staff: Client, q: str) -> None:
    services.create_product(name="Lamp", price=100, stock=0, sku="L-1")
    services.create_product(name="Kettle", price=100, stock=0, sku="K-1")
    shown = staff.get(LIST, {"q": q}).content.decode()
    assert ("L-1" in shown, "K-1" in shown) == (True, False)


def test_counts_no_further_than_anyone_turns_pages(staff: Client) -> None:
    make_product()
    with CaptureQueriesContext(connections["inventory"]) as queries:
        assert staff.get(LIST).status_code == 200
    counts = [query["sql"] for query in queries if "COUNT(" in query["sql"]]
    assert counts
    assert all("LIMIT 2000" in count for count in counts)


def test_ledger_and_reservations_can_be_looked_at_only(staff: Client) -> None:
    product = make_product(stock_level=5)
    held = stock.reserve_stock(
        reservation_id=reservation_id(), lines=[StockLine(product_id=product.pk, quantity=2)], ttl_seconds=900
    )
    movement = product.movements.latest("id")
    for name, key in (("stockmovement", movement.pk), ("reservation", held.reservation_id)):
        listed = staff.get(reverse(f"admin:inventory_{name}_changelist"))
        one = staff.get(reverse(f"admin:inventory_{name}_change", args=[key]))
        assert (listed.status_code, one.status_code) == (200, 200)
        assert 'name="_save"' not in one.content.decode()
        assert staff.get(reverse(f"admin:inventory_{name}_add")).status_code == 403
        assert staff.post(reverse(f"admin:inventory_{name}_delete", args=[key])).status_code == 403
