"""A Redis and workers for those tests that ask for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shopflow.messaging.broker.tests.processes import Process, Redis

LEASE = 1.0
"""Seconds, in place of 30: how long a test waits for what a dead worker or a dead broker had."""

StartWorker = Callable[[str], Process]


@pytest.fixture
def redis() -> Iterator[Redis]:
    server = Redis()
    yield server
    server.close()


@pytest.fixture
def start(redis: Redis, tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """A process on the databases of the tests, ended with the test."""
    running: list[Process] = []

    def start(*command: str, contexts: tuple[str, ...], says: str) -> Process:
        running.append(Process(redis.url, tmp_path / f"{len(running)}.log", *command, contexts=contexts))
        running[-1].says(says)
        return running[-1]

    yield start
    for process in running:
        process.kill()


@pytest.fixture
def worker(start: Callable[..., Process]) -> StartWorker:
    """As it is started in earnest."""
    return lambda context: start("manage.py", "worker", context, contexts=(context,), says="worker: running")


@pytest.fixture
def odd_worker(start: Callable[..., Process], tmp_path: Path) -> Callable[..., Process]:
    """See `odd_worker.py`."""

    def odd_worker(*, lease: float = LEASE, threads: int = 4) -> Process:
        words = ("-m", "shopflow.messaging.broker.tests.odd_worker", str(tmp_path), str(lease), str(threads))
        return start(*words, contexts=("orders", "inventory"), says="worker: running")

    return odd_worker
