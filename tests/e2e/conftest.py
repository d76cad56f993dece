from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.shop import Shop

StartShop = Callable[..., Shop]


@pytest.fixture
def start_shop(tmp_path: Path) -> Iterator[StartShop]:
    """Starts a shop whose state is this test's own; at the end nothing of it may be left running."""
    started: list[Shop] = []

    def start(**options: Any) -> Shop:
        started.append(Shop(tmp_path / "state", **options))
        return started[-1]

    yield start
    for shop in started:
        if shop.process.poll() is None:
            shop.stop(signal.SIGTERM)
    for shop in started:
        shop.leaves_nothing()
