from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e import prepared


@pytest.fixture(scope="session")
def prepared_state(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Made when the first test of the run asks for it."""
    folder = tmp_path_factory.getbasetemp()
    return lambda: prepared.made(folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder)
