"""A PostgreSQL that ended is started again, whatever comes in between. (With a real one: tests/e2e/test_up.py.)"""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import psutil
import pytest
from django.core.management.base import OutputWrapper

from shopflow.local_run import keeping
from shopflow.local_run.console import Console
from shopflow.local_run.keeping import KeptPostgres
from shopflow.postgres import EmbeddedPostgres
from tests.e2e.shop import until


class Ended(EmbeddedPostgres):
    """It breaks at the starts that are named, in a way that nobody foresaw; the next one succeeds."""

    def __init__(self, folder: Path, *, broken_starts: int) -> None:
        super().__init__(folder)
        self.starts, self._broken_starts = 0, broken_starts

    @property
    def is_running(self) -> bool:
        return self.starts > self._broken_starts

    def start(self) -> None:
        self.starts += 1
        if self.starts <= self._broken_starts:
            raise psutil.TimeoutExpired(30.0)


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize(("broken_starts", "starts"), [(1, 2), (9, keeping.TRIES)])
def test_what_nobody_foresaw_is_one_more_start_that_failed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, broken_starts: int, starts: int
) -> None:
    monkeypatch.setattr(keeping, "PAUSE", 0.01)
    server = Ended(tmp_path / "postgres", broken_starts=broken_starts)
    kept = KeptPostgres(server, Console(OutputWrapper(StringIO())))
    kept.keep()
    until(lambda: kept.problem() or server.is_running, "another start, or the end")
    kept.stop()
    assert server.starts == starts
    assert ("cannot be started again: timeout after 30.0 seconds" in kept.problem()) is (broken_starts > starts)
