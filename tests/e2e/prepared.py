"""A state folder as `up` leaves it after its first start: made once for a run, copied by each test that needs one."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from pathlib import Path

from shopflow.postgres import account
from tests.e2e.shop import Shop


def made(folder: Path) -> Path:
    """One for a whole run: whichever of its workers comes first makes it."""
    state = folder / "prepared-shop"
    with state.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not state.exists():
            _make(state)
    return state


def _make(state: Path) -> None:
    """Whole or absent."""
    unfinished = state.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    shop = Shop(unfinished)
    try:
        shop.ready()
    finally:
        assert shop.stop() == 0
    shop.leaves_nothing()
    for trace in ("up.log", "up.lock", "postgres.log"):  # of that one start
        (unfinished / trace).unlink()
    unfinished.rename(state)


def copy(source: Path, state: Path) -> None:
    """With owners and modes: where root runs the tests, the data belong to PostgreSQL's user, who must reach them."""
    subprocess.run(["cp", "-a", source, state], check=True)
    data = state / "postgres"
    account.hand_over(data, account.identity(data))
