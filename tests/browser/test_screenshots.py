"""The main pages as they look after a month: whole, without a complaint of the browser's, and kept where asked for.

`SHOPFLOW_SCREENSHOTS=docs/screenshots` says where; `make screenshots` does. Otherwise they are taken, and thrown away.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.conftest import manage
from tests.browser.month import FIRST
from tests.browser.staff import Staff
from tests.browser.test_pages import PHONE
from tests.e2e.shop import ROOT, Shop

WIDE: Final[dict[str, Any]] = {"viewport": {"width": 1280, "height": 800}}
LARGEST: Final = 150_000
"""Bytes: they are kept with the code."""
BROKEN: Final = "[...document.images].filter(it => it.complete && !it.naturalWidth).map(it => it.src)"
BAD_ROWS: Final = """sku,name,price,category
LGT-2001,Harbour Desk Lamp,64.90,Lighting
LGT-2002,Harbour Floor Lamp,"129,00",Lighting
LGT 2003,Harbour Clip Lamp,39.90,Lighting
LGT-2004,,24.90,Lighting
"""


@pytest.fixture(scope="module")
def a_month(shop: Shop) -> None:
    manage(shop, "shell", "-c", "from tests.browser import month; month.live()")


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """The folder of the pictures."""
    asked = os.environ.get("SHOPFLOW_SCREENSHOTS", "")
    folder = ROOT / asked if asked else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_the_main_pages_look_whole(sit_down: Callable[..., Staff], a_month: None, kept: Path) -> None:
    staff = sit_down("admin", **WIDE)
    page = staff.open("/admin/")
    picture(page, kept / "dashboard.png")
    picture(staff.open("/admin/inventory/product/?q=sented+candel"), kept / "products.png")
    page.get_by_role("search").get_by_role("textbox").fill(FIRST)
    page.keyboard.press("Enter")
    page.get_by_role("link", name=FIRST).click()
    expect(page.get_by_role("link", name="Stock ledger")).to_be_visible()
    picture(page, kept / "product.png")
    page.get_by_role("link", name="Stock ledger").click()
    expect(page.locator("#present-stock")).to_be_visible()
    picture(page, kept / "ledger.png")
    staff.open("/admin/orders/order/?status__exact=shipped")
    page.get_by_role("link", name="#").first.click()
    expect(page.get_by_role("link", name="Mark as delivered")).to_be_visible()
    picture(page, kept / "order.png")


def test_an_import_with_errors_looks_whole(sit_down: Callable[..., Staff], kept: Path) -> None:
    page = sit_down("catalogue", **WIDE).open("/admin/inventory/import/products/")
    file = FilePayload(name="lamps.csv", mimeType="text/csv", buffer=BAD_ROWS.encode())
    page.get_by_label("CSV or XLSX file").set_input_files(file)
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing has been changed", timeout=30_000)
    picture(page, kept / "import.png")


def test_the_invariants_look_whole(sit_down: Callable[..., Staff], a_month: None, kept: Path) -> None:
    page = sit_down("operations", **WIDE).open("/admin/invariants/")
    page.get_by_role("button", name="Run now").click()
    expect(page.get_by_role("status").first).to_contain_text("rules hold", timeout=60_000)
    picture(page, kept / "invariants.png")


@pytest.mark.parametrize(
    ("name", "window"), [("dashboard-dark", {**WIDE, "color_scheme": "dark"}), ("dashboard-phone", PHONE)]
)
def test_the_dashboard_looks_whole_in_the_dark_and_on_a_phone(
    sit_down: Callable[..., Staff], a_month: None, kept: Path, name: str, window: dict[str, Any]
) -> None:
    picture(sit_down("admin", **window).open("/admin/"), kept / f"{name}.png")


def picture(page: Page, path: Path) -> None:
    """Of what the window shows, once all of it is loaded. What the console complains of, `Staff.leave` reports."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    assert page.evaluate(BROKEN) == []
    page.screenshot(path=path, animations="disabled")
    assert 5_000 < path.stat().st_size <= LARGEST
