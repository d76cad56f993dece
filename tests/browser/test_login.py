from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Browser, expect

from tests.browser.staff import Staff
from tests.e2e.shop import Shop


def test_staff_log_in_and_out(sit_down: Callable[..., Staff]) -> None:
    staff = sit_down()
    expect(staff.page).to_have_title("Dashboard | ShopFlow")


def test_a_wrong_password_says_so(shop: Shop, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{shop.port}/admin/login/")
    page.get_by_label("Email").fill("admin@window.example")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("Please enter the correct email and password")).to_be_visible()
    page.close()
