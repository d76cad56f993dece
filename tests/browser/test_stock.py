"""Stock at the windows: who changes it, two at once, and what its ledger shows."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.staff import Staff

LEDGER = "/admin/inventory/stockmovement/of/{}/"


def stock(page: Page) -> int:
    """Of the product whose ledger this is."""
    return int(page.locator("#present-stock").inner_text())


def test_a_new_member_of_staff_finds_a_misspelt_product_corrects_its_stock_and_shows_who_did_it_and_why(
    sit_down: Callable[..., Staff],
) -> None:
    staff = sit_down("stock")
    page = staff.page
    page.get_by_label("Find a product").fill("studio hedphones")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="Arden Studio Headphones").click()
    page.get_by_role("link", name="Adjust stock").click()
    page.get_by_label("Change by").fill("-2")
    page.get_by_label("Reason").select_option("Damaged or spoilt")
    page.get_by_label("Note").fill("Fell from the shelf")
    page.get_by_role("button", name="Adjust stock").click()
    newest = page.get_by_role("table").get_by_role("row").nth(1)
    for told in ("-2", "Damaged or spoilt", "Fell from the shelf", "stock-at-window"):
        expect(newest).to_contain_text(told)


def test_a_delivery_is_received(sit_down: Callable[..., Staff]) -> None:
    staff = sit_down("stock")
    page = staff.open(LEDGER.format(3))
    before = stock(page)
    page.get_by_role("link", name="Receive delivery").click()
    page.get_by_label("Quantity received").fill("12")
    page.get_by_label("Delivery note number").fill("LS-2041")
    page.get_by_role("button", name="Receive delivery").click()
    expect(page.locator("#present-stock")).to_have_text(str(before + 12))
    expect(page.get_by_role("table").get_by_role("row").nth(1)).to_contain_text("LS-2041")


def test_two_who_adjust_one_stock_at_once_both_count(sit_down: Callable[..., Staff]) -> None:
    windows = [sit_down("stock").page, sit_down("admin").page]
    for page, change in zip(windows, ("-3", "5"), strict=True):
        page.goto(LEDGER.format(4) + "adjust/")
        page.get_by_label("Change by").fill(change)
        page.get_by_label("Reason").select_option("Miscounted before")
    for page in windows:  # both forms were opened on the same stock
        page.get_by_role("button", name="Adjust stock").click()
        expect(page).to_have_url(f"{page.url.partition('/admin/')[0]}{LEDGER.format(4)}")
    page.goto(LEDGER.format(4))
    opening, *_ = [int(cell) for cell in page.locator("tbody tr td:nth-child(3)").all_inner_texts()][::-1]
    assert stock(page) == opening + 2


def test_a_double_click_counts_once(sit_down: Callable[..., Staff]) -> None:
    page = sit_down("stock").open(LEDGER.format(5))
    before = stock(page)
    page.get_by_role("link", name="Adjust stock").click()
    page.get_by_label("Change by").fill("1")
    page.get_by_label("Reason").select_option("Found")
    page.get_by_role("button", name="Adjust stock").dblclick()
    expect(page.locator("#present-stock")).to_have_text(str(before + 1))
    page.reload()
    assert stock(page) == before + 1


def test_the_chart_of_a_stock_is_drawn(sit_down: Callable[..., Staff]) -> None:
    page = sit_down("stock").open(LEDGER.format(1))
    painted = "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(v => v)"
    page.wait_for_function(f"({painted})(document.querySelector('figure canvas'))")
    expect(page.get_by_role("figure", name="Stock over the last")).to_be_visible()
