"""Files at the windows: one with mistakes, one without, confirmed, and taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.scan import barriers, hidden_to_the_right
from tests.browser.staff import Staff

PRODUCTS = "/admin/inventory/import/products/"
STOCK = "/admin/inventory/import/stock/"
HEADER = "sku,name,price,category\n"
IN_A_WHILE = 30_000
"""Milliseconds: a job of the shop does it, which looks for work each second."""


def upload(page: Page, text: str, name: str = "list.csv") -> None:
    page.get_by_label("CSV or XLSX file").set_input_files(
        FilePayload(name=name, mimeType="text/csv", buffer=text.encode())
    )
    page.get_by_role("button", name="Check the file").click()


def test_a_file_with_three_bad_rows_is_mended_confirmed_and_undone(sit_down: Callable[..., Staff]) -> None:
    page = sit_down("catalogue").open(PRODUCTS)
    good = "IMP-1,Imported lamp,19.90,Lighting\nIMP-2,Imported mug,4.50,Kitchen\n"
    upload(page, f'{HEADER}{good}IMP 3,Spaced,1.00,\nIMP-4,Comma,"3,50",\nIMP-1,Twice,1.00,\n')
    expect(page.get_by_role("alert")).to_contain_text("Nothing has been changed", timeout=IN_A_WHILE)
    for told in ("“IMP 3” is no SKU", "“3,50” is no price", "IMP-1 is in line 2 as well"):
        expect(page.get_by_text(told)).to_be_visible()
    expect(page.get_by_role("button", name="Confirm")).to_have_count(0)
    page.get_by_role("link", name="Upload another file").click()
    upload(page, f"{HEADER}{good}", name="mended.csv")
    expect(page.get_by_text("Nothing changes until you confirm it")).to_be_visible(timeout=IN_A_WHILE)
    expect(page.get_by_text("name: Imported lamp")).to_be_visible()
    page.get_by_role("button", name="Confirm: create 2").click()
    expect(page.get_by_text("Applied.")).to_be_visible(timeout=IN_A_WHILE)
    page.get_by_text("Undo the whole import…").click()
    page.get_by_role("button", name="Undo the whole import").click()
    expect(page.get_by_text("Undone.")).to_be_visible(timeout=IN_A_WHILE)
    expect(page.get_by_text("Uploaded by catalogue-at-window")).to_be_visible()


def test_a_count_is_imported_by_keyboard_alone(sit_down: Callable[..., Staff]) -> None:
    page = sit_down("stock").open(STOCK)
    with page.expect_download() as download:
        page.get_by_role("link", name="download as CSV").press("Enter")
    line = download.value.path().read_text("utf-8-sig").splitlines()[7]
    sku, counted = line.split(",")[0], int(line.split(",")[-1])
    with page.expect_file_chooser() as chosen:
        page.get_by_label("CSV or XLSX file").press("Enter")
    text = f"sku,counted\n{sku},{counted + 2}\n"
    chosen.value.set_files(FilePayload(name="count.csv", mimeType="text/csv", buffer=text.encode()))
    page.get_by_role("button", name="Check the file").press("Enter")
    expect(page.get_by_text(f"stock: {counted} → {counted + 2}")).to_be_visible(timeout=IN_A_WHILE)
    page.get_by_role("button", name="Confirm: change 1").press("Enter")
    expect(page.get_by_text("Applied.")).to_be_visible(timeout=IN_A_WHILE)


@pytest.mark.parametrize("window", [{"viewport": {"width": 390, "height": 844}}, {"color_scheme": "dark"}])
def test_nothing_of_an_import_is_a_barrier(sit_down: Callable[..., Staff], window: dict[str, Any]) -> None:
    page = sit_down("catalogue", **window).open(PRODUCTS)
    assert (barriers(page), hidden_to_the_right(page)) == ([], 0)
    upload(page, f"{HEADER}IMP-7,Lamp,1.00,Lighting\nIMP-8,,1.00,\n")
    expect(page.get_by_role("alert")).to_be_visible(timeout=IN_A_WHILE)
    assert (barriers(page), hidden_to_the_right(page)) == ([], 0)
    page.goto(PRODUCTS)
    upload(page, f"{HEADER}IMP-7,Lamp,1.00,Lighting\n")
    expect(page.get_by_text("Nothing changes until you confirm it")).to_be_visible(timeout=IN_A_WHILE)
    assert (barriers(page), hidden_to_the_right(page)) == ([], 0)
    page.goto("/admin/inventory/import/")
    assert (barriers(page), hidden_to_the_right(page)) == ([], 0)
