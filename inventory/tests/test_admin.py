"""The back office writes through the services, and looks without touching."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client
from django.urls import reverse

from contracts.inventory import StockLine
from inventory import services, stock
from inventory.admin.forms import ChangedProductForm
from inventory.models import MovementKind, Product
from inventory.tests.back_office import ADD, FORM, LIST, form_of, keeper, page_of, seen_on
from inventory.tests.conftest import make_product, reservation_id
from shopflow.messaging.models import OutboxEvent

pytestmark = pytest.mark.django_db(databases=["users", "inventory"])


@pytest.fixture
def staff() -> Client:
    return keeper()


def test_a_product_made_here_has_its_ledger_and_its_events(staff: Client) -> None:
    answer = staff.post(ADD, {**FORM, "opening_stock": "3", "on_sale": "on"})
    assert (answer.status_code, answer["Location"]) == (302, LIST)
    product = Product.objects.get()
    assert (product.name, product.price, product.stock, product.sku[:5]) == ("Desk Lamp", 2550, 3, "DESK-")
    assert product.status == "active"
    assert list(product.movements.values_list("delta", "kind")) == [(3, "opening")]
    events = OutboxEvent.objects.using("inventory").order_by("id").values_list("type", flat=True)
    assert list(events) == ["product.created", "stock.adjusted"]


def test_a_product_made_here_is_a_draft_unless_it_is_to_be_sold_at_once(staff: Client) -> None:
    image = {"image_url": "example.com/lamp.jpg", "low_stock_at": "4"}
    assert staff.post(ADD, {**FORM, "opening_stock": "3", **image}).status_code == 302
    product = Product.objects.get()
    assert (product.status, product.stock, product.is_low) == ("draft", 3, True)
    assert product.image_url == "https://example.com/lamp.jpg"


def test_a_draft_can_be_changed_and_stays_one(staff: Client) -> None:
    product = Product.objects.get(pk=services.create_product(name="Old", price=100, draft=True))
    assert staff.post(page_of(product), form_of(product)).status_code == 302
    product.refresh_from_db()
    assert (product.name, product.price, product.status) == ("Desk Lamp", 2550, "draft")


@pytest.mark.parametrize("url", ["http://example.com/lamp.jpg", "javascript:alert(1)", "ftp://example.com/lamp.jpg"])
def test_an_image_comes_over_https_alone(staff: Client, url: str) -> None:
    product = make_product()
    answer = staff.post(page_of(product), form_of(product, image_url=url))
    assert (answer.status_code, "Enter an address that begins with https://." in answer.content.decode()) == (200, True)


def test_an_image_is_shown_without_telling_its_server_where(staff: Client) -> None:
    product = make_product(image_url="https://example.com/lamp.jpg?a=1&b=2")
    for url in (page_of(product), LIST):
        page = staff.get(url).content.decode()
        image = re.search(r'<img src="https://example.com/lamp.jpg\?a=1&amp;b=2"[^>]*>', page)
        assert image
        assert 'loading="lazy" referrerpolicy="no-referrer"' in image[0]


def test_a_form_without_changes_writes_nothing(staff: Client) -> None:
    product = make_product(name="Desk Lamp", category="Home", price=2550)
    events = OutboxEvent.objects.using("inventory").count()
    assert staff.post(page_of(product), form_of(product)).status_code == 302
    assert OutboxEvent.objects.using("inventory").count() == events


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
