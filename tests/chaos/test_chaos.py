"""Random kills under load: `make chaos` for ten minutes of it.

SHOPFLOW_CHAOS_SECONDS and SHOPFLOW_CHAOS_SEED for others.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import modes
from tests.chaos.run import run

pytestmark = pytest.mark.e2e

SECONDS = float(os.environ.get("SHOPFLOW_CHAOS_SECONDS", "15"))
SEED = int(os.environ.get("SHOPFLOW_CHAOS_SEED", "0")) or random.randrange(1, 10_000)


@pytest.mark.parametrize("mode", [modes.SPLIT])
def test_nothing_is_lost_and_nothing_is_doubled(mode: str, tmp_path: Path, prepared_state: Callable[[], Path]) -> None:
    print(f"seed {SEED}")  # noqa: T201 - pytest shows it where the test fails
    figures = run(mode=mode, seconds=SECONDS, seed=SEED, state=tmp_path / "state", prepared=prepared_state())
    print(figures)  # noqa: T201 - figures, for `-rP`
    assert (figures.lost, figures.doubled) == ([], [])
    assert figures.kills.total() > 0
    assert figures.orders > 20
