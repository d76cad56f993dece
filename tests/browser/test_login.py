from __future__ import annotations

from playwright.sync_api import Browser, expect

from tests.browser.staff import Staff
from tests.e2e.shop import Shop


def test_staff_log_in_and_out(shop: Shop, browser: Browser) -> None:
    staff = Staff(browser, f"http://127.0.0.1:{shop.port}", "admin")
    staff.log_in()
    expect(staff.page).to_have_title("Dashboard | ShopFlow")
    staff.page.get_by_text("admin@window.example").first.click()
    staff.page.get_by_role("button", name="Log out").click()
    staff.open("/admin/")
    expect(staff.page.get_by_role("button", name="Log in")).to_be_visible()
    staff.leave()


def test_a_wrong_password_says_so(shop: Shop, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{shop.port}/admin/login/")
    page.get_by_label("Email").fill("admin@window.example")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("Please enter the correct email and password")).to_be_visible()
    page.close()
