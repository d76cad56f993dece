"""The catalogue at a window: a product from draft to sale, and what its history says."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.staff import Staff
from tests.e2e.shop import Shop


def on_sale(shop: Shop, name: str) -> list[str]:
    _, products = shop.ask("GET", f"/api/v1/products?q={name.replace(' ', '%20')}")
    return [product["name"] for product in products if product["name"] == name]


def test_a_product_is_made_as_a_draft_and_published(sit_down: Callable[..., Staff], shop: Shop) -> None:
    page = sit_down("catalogue").open("/admin/inventory/product/add/")
    page.get_by_label("Name").fill("Brass Lantern")
    page.get_by_label("Price").fill("39.90")
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text("draft", exact=True).first).to_be_visible()
    assert on_sale(shop, "Brass Lantern") == []
    page.get_by_role("link", name="Publish").click()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("active", exact=True).first).to_be_visible()
    assert on_sale(shop, "Brass Lantern") == ["Brass Lantern"]


def test_a_price_is_changed_in_the_list_and_the_history_says_from_what(sit_down: Callable[..., Staff]) -> None:
    page = sit_down("catalogue").open("/admin/inventory/product/?q=AUD-1003")
    price = page.get_by_label("Price of AUD-1003")
    old = price.input_value()
    price.fill("51.25")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_label("Price of AUD-1003")).to_have_value("51.25")
    page.get_by_role("link", name="AUD-1003").click()
    page.get_by_role("link", name="History").click()
    expect(page.get_by_text("51.25")).to_contain_text(old)
