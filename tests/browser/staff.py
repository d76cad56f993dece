"""Members of staff, and what they do at their windows."""

from __future__ import annotations

from typing import Any, Final

from playwright.sync_api import Browser, Locator, Page, StorageState, expect

PASSWORD: Final = "correct horse battery"
GROUPS: Final = ("catalogue", "stock", "orders", "operations")
HIRE: Final = f"""
from django.contrib.auth.models import Group
from users.models import User
User.objects.create_superuser(username="admin-at-window", email="admin@window.example", password={PASSWORD!r})
for name in {GROUPS!r}:
    email = name + "@window.example"
    member = User.objects.create_user(username=name + "-at-window", email=email, password={PASSWORD!r})
    member.is_staff = True
    member.save()
    member.groups.add(Group.objects.get_or_create(name=name)[0])
"""
"""Makes a superuser and a member of each group."""


class Staff:
    """One person at one window. `errors` are what its console said that should not be said."""

    def __init__(self, browser: Browser, address: str, group: str, **window: Any) -> None:
        self.address = address
        self.email = f"{group}@window.example"
        self._context = browser.new_context(base_url=address, **window)
        self._context.set_default_timeout(10_000)
        self.page: Page = self._context.new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on(
            "console",
            lambda said: self.errors.append(f"{said.text}: {said.location}") if said.type == "error" else None,
        )

    def log_in(self) -> None:
        self.page.goto("/admin/login/")
        self.page.get_by_label("Email").fill(self.email)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Log in").click()
        expect(self.page).to_have_url(f"{self.address}/admin/")

    def remembered(self) -> StorageState:
        """Their login, for another window."""
        return self._context.storage_state()

    def open(self, path: str) -> Page:
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.status == 200, f"{path}: {answer.status}"
        return self.page

    def says(self, text: str) -> Locator:
        """Waits for a message at the top of the page."""
        message = self.page.get_by_text(text).first
        expect(message).to_be_visible()
        return message

    def leave(self) -> None:
        self._context.close()
        assert not self.errors, self.errors
