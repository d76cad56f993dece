"""What a page is looked at for, whichever it is."""

from __future__ import annotations

from typing import Final

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SERIOUS: Final = ("serious", "critical")


def barriers(page: Page) -> list[str]:
    """Of the page at hand: what would keep people out, after axe."""
    found = Axe().run(page).response["violations"]
    return [
        f"{violation['id']}: {node['target']}: {node['html'][:200]}"
        for violation in found
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
    ]


def hidden_to_the_right(page: Page) -> int:
    """Pixels by which the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
