from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import prepared_state
from tests.e2e import prepared
from tests.e2e.shop import Shop

__all__ = ["StartShop", "prepared_state", "start_shop", "starting"]

StartShop = Callable[..., Shop]


@pytest.fixture
def start_shop(tmp_path: Path, prepared_state: Callable[[], Path]) -> Iterator[StartShop]:
    """Starts a shop whose state is this test's own; at the end nothing of it may be left running."""
    with starting(tmp_path / "state", prepared_state) as start:
        yield start


@contextmanager
def starting(state: Path, prepared_state: Callable[[], Path]) -> Iterator[StartShop]:
    """It has been started before, unless it is to begin `empty`: a start that makes its databases takes twice as long.

    Each further start is one on what the last has left.
    """
    started: list[Shop] = []

    def start(*, empty: bool = False, **options: Any) -> Shop:
        if not empty and not state.exists():
            prepared.copy(prepared_state(), state)
        started.append(Shop(state, **options))
        return started[-1]

    try:
        yield start
    finally:
        for shop in started:
            if shop.process.poll() is None:
                shop.stop(signal.SIGTERM)
        for shop in started:
            shop.leaves_nothing()
