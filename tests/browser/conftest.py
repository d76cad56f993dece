"""A shop in one process, and a real Chromium that its staff sits at."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, StorageState, sync_playwright

from tests.browser.staff import HIRE, Staff
from tests.e2e.conftest import prepared_state, starting
from tests.e2e.shop import ROOT, Shop

__all__ = ["prepared_state"]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="package")
def shop(tmp_path_factory: pytest.TempPathFactory, prepared_state: Callable[[], Path]) -> Iterator[Shop]:
    """One for all tests of this folder; when they are through, what they have left must hold together."""
    with starting(tmp_path_factory.mktemp("browser") / "state", prepared_state) as start:
        shop = start().ready()
        manage(shop, "shell", "-c", HIRE)
        yield shop
        manage(shop, "verify_shop")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Of the system. Gone with the last test of this folder: its event loop would be in the way of Django's."""
    if CHROMIUM is None:
        pytest.fail("these tests need a Chromium on the PATH: `apt-get install chromium`")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def logins() -> dict[str, StorageState]:
    """Of each group, once it has logged in: a login takes as long as a test."""
    return {}


@pytest.fixture
def sit_down(shop: Shop, browser: Browser, logins: dict[str, StorageState]) -> Iterator[Callable[..., Staff]]:
    """A member of staff, logged in, at a window of their own, which shows the dashboard."""
    seated: list[Staff] = []

    def sit(group: str = "admin", **window: object) -> Staff:
        staff = Staff(browser, f"http://127.0.0.1:{shop.port}", group, storage_state=logins.get(group), **window)
        seated.append(staff)
        if group in logins:
            staff.open("/admin/")
        else:
            staff.log_in()
            logins[group] = staff.remembered()
        return staff

    yield sit
    for staff in seated:
        staff.leave()


def manage(shop: Shop, *command: str) -> str:
    """A command of manage.py on the running shop; it must succeed."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "SHOPFLOW_"))}
    ended = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env={**inherited, "SHOPFLOW_STATE": str(shop.state)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout
