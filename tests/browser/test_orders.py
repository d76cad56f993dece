"""Orders at a window."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.customer import Customer
from tests.browser.staff import Staff
from tests.e2e.shop import Shop, until


def test_an_order_is_found_by_its_customer_and_cancelled(sit_down: Callable[..., Staff], shop: Shop) -> None:
    customer = Customer(shop, "ada")
    order_id = customer.buys(6, 2)
    page = sit_down("orders").open("/admin/orders/order/")
    page.get_by_role("search").get_by_role("textbox").fill(customer.email)
    page.keyboard.press("Enter")
    page.get_by_role("link", name=f"#{order_id}").click()
    expect(page.get_by_text(customer.email)).to_be_visible()
    page.get_by_role("link", name="Cancel the order").click()
    page.get_by_role("button", name="Cancel the order").click()
    expect(page.get_by_text("cancelled", exact=True).first).to_be_visible()
    expect(page.get_by_text("orders-at-window").first).to_be_visible()
    until(lambda: customer.sees(order_id) == "cancelled", "the customer sees it")
