"""One shop for each mode; what became of each row is published when both modes have run whole."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import modes
from tests.crash.matrix import Row
from tests.crash.published import Results, publish
from tests.crash.world import World

RUN = pytest.StashKey[Results]()


@pytest.fixture(scope="package", params=modes.BOTH)
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, prepared_state: Callable[[], Path]
) -> Iterator[World]:
    world = World(request.param, tmp_path_factory.mktemp("crash") / "state", prepared=prepared_state())
    yield world
    world.close()


def pytest_sessionstart(session: pytest.Session) -> None:
    session.config.stash[RUN] = _nothing_yet()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A row is red if anything about it failed, be it only the way there."""
    report = yield
    given: dict[str, Any] = getattr(getattr(item, "callspec", None), "params", {})
    if isinstance(row := given.get("row"), Row) and not report.skipped:
        results = item.config.stash.setdefault(RUN, _nothing_yet())[given["world"]]
        results[str(row)] = results.get(str(row), True) and report.passed
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    publish(session.config.stash.get(RUN, {}), _shared())


def _nothing_yet() -> Results:
    return {mode: {} for mode in modes.BOTH}


def _shared() -> Path:
    """Where the workers of this run meet."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    return Path(tempfile.gettempdir()) / f"shopflow-crashes-{run}"
