"""After a restart of PostgreSQL one thread of a process meets a dead connection, and no other does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.signals import request_started
from django.db import OperationalError, connections

from shopflow import lost_connections
from shopflow.http.problems import database_unavailable
from shopflow.lost_connections import close_old

pytestmark = pytest.mark.django_db(transaction=True, databases=["inventory"])

Thread = Callable[[Callable[[], Any]], Any]


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Thread]]:
    """Three, each with a connection of its own."""
    monkeypatch.setattr(lost_connections, "_lost_at", float("-inf"))
    pools = [ThreadPoolExecutor(1) for _ in range(3)]
    workers: list[Thread] = [lambda work, pool=pool: pool.submit(work).result() for pool in pools]  # type: ignore[misc]
    for worker in workers:
        worker(backend)
    yield workers
    for worker in workers:
        worker(connections.close_all)


def backend() -> int:
    with connections["inventory"].cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def restart() -> None:
    """To the others it is one: their connections are gone."""
    with connections["inventory"].cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def request() -> int:
    """As the web server's threads have it: the signal, then the view; a failure becomes a problem."""
    request_started.send(sender=None)
    try:
        return backend()
    except OperationalError as error:
        return database_unavailable(error).status_code


def call() -> int:
    """As the threads of gRPC and of a worker have it."""
    close_old()
    try:
        return backend()
    except OperationalError:
        return 0
    finally:
        close_old()


def test_of_the_requests_after_a_restart_one_fails(threads: list[Thread]) -> None:
    restart()
    answers = [worker(request) for worker in threads]
    assert answers[0] == 503
    assert 503 not in answers[1:]


def test_of_the_calls_after_a_restart_one_fails(threads: list[Thread]) -> None:
    restart()
    answers = [worker(call) for worker in threads]
    assert answers[0] == 0
    assert 0 not in answers[1:]


def test_a_connection_that_was_never_lost_is_kept(threads: list[Thread]) -> None:
    before = [worker(request) for worker in threads]
    assert [worker(request) for worker in threads] == before


def test_a_connection_of_after_the_loss_is_kept(threads: list[Thread]) -> None:
    restart()
    threads[0](request)
    before = [worker(request) for worker in threads]
    assert [worker(request) for worker in threads] == before
