"""Publishing, archiving and duplicating products in the back office, and what the history says of them."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from contracts.inventory import ProductNotFound
from inventory import selectors, services
from inventory.admin import deeds
from inventory.errors import NotADraft
from inventory.models import Product
from inventory.tests.back_office import ADD, FORM, LIST, deed_of, form_of, keeper, page_of
from inventory.tests.conftest import make_product
from shopflow.messaging.models import OutboxEvent

pytestmark = pytest.mark.django_db(databases=["users", "inventory"])


@pytest.fixture
def staff() -> Client:
    return keeper()


def draft(**more: Any) -> Product:
    return Product.objects.get(pk=services.create_product(name="Lamp", price=1000, draft=True, **more))


def history(client: Client, product: Product) -> str:
    return client.get(reverse("admin:inventory_product_history", args=[product.pk])).content.decode()


def test_a_draft_is_published_once_somebody_has_said_yes(staff: Client) -> None:
    product = draft()
    with pytest.raises(ProductNotFound):
        selectors.get_product(product_id=product.pk)
    asked = staff.get(deed_of(product, "publish"))
    assert "Customers see it from now on" in asked.content.decode()
    product.refresh_from_db()
    assert product.status == "draft"
    assert staff.post(deed_of(product, "publish")).headers["Location"] == page_of(product)
    product.refresh_from_db()
    assert product.status == "active"
    assert selectors.get_product(product_id=product.pk)["sku"] == product.sku
    assert "Status: draft → active" in history(staff, product)


def test_only_a_draft_can_be_published(staff: Client) -> None:
    product = make_product()
    with pytest.raises(NotADraft):
        services.publish_product(product_id=product.pk)
    with pytest.raises(ProductNotFound):
        services.publish_product(product_id=987654321)
    answer = staff.post(deed_of(product, "publish"), follow=True)
    assert "is active: nothing was done." in answer.content.decode()


def test_what_changed_between_asking_and_doing_is_told(staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    product = draft()
    monkeypatch.setattr(services, "publish_product", _refuses)
    answer = staff.post(deed_of(product, "publish"), follow=True)
    assert "Only a draft can be put on sale." in answer.content.decode()
    assert not LogEntry.objects.exists()


def _refuses(*, product_id: int) -> None:
    raise NotADraft(product_id=product_id)


def test_archives_and_never_deletes(staff: Client) -> None:
    product = make_product()
    assert staff.post(reverse("admin:inventory_product_delete", args=[product.pk])).status_code == 403
    staff.post(deed_of(product, "archive"))
    product.refresh_from_db()
    assert product.status == "archived"
    assert OutboxEvent.objects.using("inventory").latest("id").type == "product.archived"
    assert "Status: active → archived" in history(staff, product)
    page = staff.get(page_of(product))
    assert (page.status_code, 'name="_save"' in page.content.decode()) == (200, False)
    assert staff.post(page_of(product), form_of(product)).status_code == 403
    assert deed_of(product, "archive") not in page.content.decode()


def test_a_copy_is_a_draft_with_a_sku_of_its_own_and_no_stock(staff: Client) -> None:
    product = make_product(
        name="Lamp" * 50, category="Home", description="Bright", image_url="https://example.com/a", low_stock_at=4
    )
    assert "A draft is made" in staff.get(deed_of(product, "duplicate")).content.decode()
    answer = staff.post(deed_of(product, "duplicate"))
    copy = Product.objects.latest("id")
    assert answer.headers["Location"] == page_of(copy)
    assert (copy.status, copy.stock, copy.sku == product.sku) == ("draft", 0, False)
    assert copy.name == f"{'Lamp' * 50}"[:193] + " (copy)"
    for field in ("category", "description", "price", "currency", "image_url", "low_stock_at"):
        assert getattr(copy, field) == getattr(product, field)
    assert f"Duplicated from {product.sku}" in history(staff, copy)


def test_deeds_are_done_to_what_is_chosen_in_the_list_and_what_they_do_not_fit_is_named(staff: Client) -> None:
    first, second, sold = draft(), draft(), make_product()
    chosen = {"_selected_action": [first.pk, second.pk, sold.pk], "index": 0}
    page = staff.post(LIST, {"action": "publish_chosen", **chosen}, follow=True).content.decode()
    assert ("Publish: 2 done." in page, f"left alone 1, whose status forbids it: {sold}." in page) == (True, True)
    staff.post(LIST, {"action": "archive_chosen", **chosen})
    assert {product.status for product in Product.objects.all()} == {"archived"}
    staff.post(LIST, {"action": "duplicate_chosen", **chosen})
    assert Product.objects.filter(active=False, archived_at=None).count() == 3
    assert LogEntry.objects.count() == 2 + 3 + 3


def test_no_more_is_done_at_once_than_a_page_can_wait_for(staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deeds, "MOST_AT_ONCE", 1)
    chosen = {"_selected_action": [draft().pk, draft().pk], "index": 0}
    page = staff.post(LIST, {"action": "publish_chosen", **chosen}, follow=True).content.decode()
    assert "Choose 1 at most: nothing was done." in page
    assert not Product.objects.filter(active=True).exists()


def test_the_history_shows_what_changed_from_what_to_what(
    staff: Client, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(using="inventory", execute=True):
        staff.post(ADD, {**FORM, "opening_stock": "3"})
    product = Product.objects.get()
    typed = {"name": "Better <Lamp>", "price": "19.99", "low_stock_at": "5"}
    with django_capture_on_commit_callbacks(using="inventory", execute=True):
        staff.post(page_of(product), form_of(product, **typed))
    page = history(staff, product)
    assert "Created as a draft, with a stock of 3" in page
    assert "Name: “Desk Lamp” → “Better &lt;Lamp&gt;”; Price: 25.50 → 19.99; Low at: (empty) → 5" in page
    assert "keeper" in page


def test_what_was_not_saved_is_in_no_history(staff: Client, django_capture_on_commit_callbacks: Any) -> None:
    product = make_product()
    with django_capture_on_commit_callbacks(using="inventory", execute=True):
        staff.post(page_of(product), form_of(product, price="-1"))
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("key", [987654321, "x"])
def test_a_deed_needs_its_product(staff: Client, key: object) -> None:
    assert staff.get(reverse("admin:inventory_product_publish", args=[key])).status_code == 404
