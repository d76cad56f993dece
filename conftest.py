"""The PostgreSQL of a test run: started once, by the process that was called, for itself and for its xdist workers."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings

from contracts.caller import Caller, calling_as
from shopflow.local_run.lock import AlreadyHeldError, hold
from shopflow.postgres import EmbeddedPostgres, socket_directory
from shopflow.postgres.leftovers import live_server

DATA = "SHOPFLOW_TEST_POSTGRES"
"""Tells the workers which data directory the run has; each run has its own, so that two can go on at once."""

GIVEN = [context for context in settings.CONTEXTS if f"{context.upper()}_DATABASE_URL" in os.environ]
running = ExitStack()


hypothesis.settings.register_profile("shopflow", deadline=None)  # two busy cores are not a slow example
hypothesis.settings.load_profile("shopflow")


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        use(Path(os.environ[DATA]))
    elif len(GIVEN) < len(settings.CONTEXTS) and not config.option.collectonly:
        data = free_directory(settings.POSTGRES_DATA)
        discard_after_crash(data)
        os.environ[DATA] = str(data)
        use(data)
        running.enter_context(EmbeddedPostgres(data, fsync=False))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    from tests.workers import rank  # noqa: PLC0415  # needs xdist

    items.sort(key=lambda item: rank(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    from tests.workers import ByShop  # noqa: PLC0415  # needs xdist

    return ByShop(config, log)


def pytest_unconfigure() -> None:
    running.close()


def use(data: Path) -> None:
    for context in settings.CONTEXTS:
        if context not in GIVEN:
            settings.DATABASES[context]["HOST"] = str(socket_directory(data))


def free_directory(wanted: Path) -> Path:
    """`wanted`, or where another run uses that, the next. Held until this run ends."""
    number = 0
    while True:
        data = wanted.with_name(f"{wanted.name}{number or ''}")
        try:
            running.enter_context(hold(data.with_name(data.name + ".lock")))
        except AlreadyHeldError:
            number += 1
        else:
            return data


def discard_after_crash(data: Path) -> None:
    """Without fsync, what a crash of the machine left cannot be trusted."""
    if (data / "postmaster.pid").exists() and live_server(data) is None:
        shutil.rmtree(data)


@pytest.fixture(autouse=True)
def _nobody_is_asking() -> Iterator[None]:
    """Who asked in one test is not who asks in the next."""
    with calling_as(Caller()):
        yield
