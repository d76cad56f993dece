"""Without a mouse: from the login to a corrected stock."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from tests.browser.staff import PASSWORD
from tests.e2e.shop import Shop

FAR = 60
"""More presses of the tab key than it may take to anything."""


def tab_to(page: Page, name: str) -> None:
    """Presses the tab key until what has the focus is called `name`."""
    for _ in range(FAR):
        if name in page.evaluate(NAME_OF_FOCUS):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the tab key does not lead to {name!r}")


NAME_OF_FOCUS = """() => {
    const it = document.activeElement;
    if (!it.matches("a, button, input, select, textarea")) return "";
    const labels = [...(it.labels || [])].map(label => label.innerText);
    return [it.getAttribute("aria-label"), it.innerText, ...labels].filter(Boolean).join(" ");
}"""


def test_stock_is_corrected_from_the_keyboard_alone(shop: Shop, browser: Browser) -> None:
    context = browser.new_context(base_url=f"http://127.0.0.1:{shop.port}")
    page = context.new_page()
    page.goto("/admin/login/")
    tab_to(page, "Email")
    page.keyboard.type("stock@window.example")
    tab_to(page, "Password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Find a product")).to_be_visible()
    tab_to(page, "Find a product")
    page.keyboard.type("AUD-1005")
    page.keyboard.press("Enter")
    page.wait_for_url("**/inventory/product/?q=*")
    tab_to(page, "AUD-1005")
    page.keyboard.press("Enter")
    page.wait_for_url("**/change/**")
    tab_to(page, "Adjust stock")
    page.keyboard.press("Enter")
    page.wait_for_url("**/adjust/")
    tab_to(page, "Change by")
    page.keyboard.type("3")
    tab_to(page, "Reason")
    page.keyboard.type("Found")
    tab_to(page, "Adjust stock")
    page.keyboard.press("Enter")
    expect(page.get_by_role("table").get_by_role("row").nth(1)).to_contain_text("+3")
    context.close()
