"""What a page is looked at for, whichever it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SERIOUS: Final = ("serious", "critical")
COLOURS: Final = ("color-contrast", "link-in-text-block")
"""The rules of what differs between light and dark."""


def barriers(page: Page, only: Sequence[str] = ()) -> list[str]:
    """Of the page at hand: what would keep people out, after axe; by the rules `only`, or by all."""
    options = {"runOnly": [*only]} if only else None
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{violation['id']}: {node['target']}: {node['html'][:200]}"
        for violation in found
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
    ]


def hidden_to_the_right(page: Page) -> int:
    """Pixels by which the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
