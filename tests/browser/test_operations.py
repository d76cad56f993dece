"""What operators look at, and set right."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.conftest import manage
from tests.browser.staff import Staff
from tests.e2e.shop import Shop

DIE = """
from django.utils.timezone import now
from shopflow.messaging.models import OutboxEvent
event = OutboxEvent.objects.using("users").filter(type="user.registered").earliest("id")
event.delivered_at, event.dead_at, event.failures, event.last_error = None, now(), 8, "it was broken"
event.save(using="users")
"""


def test_a_dead_letter_is_replayed(sit_down: Callable[..., Staff], shop: Shop) -> None:
    manage(shop, "shell", "-c", DIE)
    page = sit_down("operations").open("/admin/dead-letters/?context=users")
    expect(page.get_by_text("it was broken")).to_be_visible()
    page.get_by_role("link", name="user.registered").first.click()
    page.get_by_role("button", name="Replay").click()
    expect(page.get_by_text(re.compile("delivered", re.IGNORECASE)).first).to_be_visible()
    page.goto("/admin/dead-letters/?context=users")
    expect(page.get_by_text("There are no dead letters")).to_be_visible()


def test_the_books_are_checked_at_once(sit_down: Callable[..., Staff]) -> None:
    page = sit_down("operations").open("/admin/invariants/")
    page.get_by_role("button", name="Run now").click()
    expect(page.get_by_role("status").first).to_contain_text(re.compile(r"All \d+ rules hold"), timeout=60_000)
