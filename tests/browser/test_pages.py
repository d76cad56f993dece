"""Each of the main pages: without barriers, in light and dark, at the width of a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.scan import COLOURS, barriers, hidden_to_the_right
from tests.browser.staff import Staff

PAGES = (
    "/admin/",
    "/admin/inventory/product/",
    "/admin/inventory/product/add/",
    "/admin/inventory/product/1/change/",
    "/admin/inventory/product/1/history/",
    "/admin/inventory/stockmovement/",
    "/admin/inventory/stockmovement/find/",
    "/admin/inventory/stockmovement/low/",
    "/admin/inventory/stockmovement/of/1/",
    "/admin/inventory/stockmovement/of/1/adjust/",
    "/admin/inventory/stockmovement/of/1/receive/",
    "/admin/inventory/reservation/",
    "/admin/inventory/import/",
    "/admin/inventory/import/products/",
    "/admin/inventory/import/stock/",
    "/admin/orders/order/",
    "/admin/payments/paymentintent/",
    "/admin/users/notification/",
    "/admin/backlog/",
    "/admin/dead-letters/",
    "/admin/invariants/",
    "/admin/admin/logentry/",
    "/admin/users/user/",
    "/admin/second-factor/set-up/",
)
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.mark.parametrize(("scheme", "rules"), [("light", ()), ("dark", COLOURS)])
def test_no_page_keeps_anyone_out(sit_down: Callable[..., Staff], scheme: str, rules: tuple[str, ...]) -> None:
    staff = sit_down(color_scheme=scheme)
    assert [(path, found) for path in PAGES if (found := barriers(staff.open(path), rules))] == []


def test_every_page_fits_a_phone(sit_down: Callable[..., Staff]) -> None:
    staff = sit_down(**PHONE)
    assert {path: over for path in PAGES if (over := hidden_to_the_right(staff.open(path)))} == {}


def test_the_lists_of_rights_fit_a_desk(sit_down: Callable[..., Staff]) -> None:
    staff = sit_down(viewport={"width": 1280, "height": 800})
    pages = ("/admin/users/user/1/change/", "/admin/auth/group/1/change/")
    assert {path: over for path in pages if (over := hidden_to_the_right(staff.open(path)))} == {}
