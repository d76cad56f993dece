"""A database that goes away takes every connection with it: what one thread has learnt, no other has to learn again."""

from __future__ import annotations

from time import monotonic

from django.db import close_old_connections, connections
from django.db.backends.base.base import BaseDatabaseWrapper

_lost_at = float("-inf")
"""When a thread of this process last found its connection broken, on the clock of `time.monotonic`."""


def note_loss() -> None:
    global _lost_at  # noqa: PLW0603 - a number, which the latest writer may set
    _lost_at = monotonic()


def drop_older(**_: object) -> None:
    """Before a request: this thread's connections that were opened before the last loss. Never one in a transaction."""
    if _lost_at < 0:
        return
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block and _opened_at(connection) < _lost_at:
            connection.close()


def close_old() -> None:
    """For threads that no request signal looks after: as Django does between requests, and what is lost is noted."""
    found = connections.all(initialized_only=True)
    if any(connection.in_atomic_block for connection in found):
        return
    drop_older()
    if any(_is_broken(connection) for connection in found):
        note_loss()
    close_old_connections()


def _opened_at(connection: BaseDatabaseWrapper) -> float:
    """Django keeps the end of a connection's life: without one it is closed after each request."""
    if connection.connection is None or connection.close_at is None:
        return float("inf")
    return float(connection.close_at - connection.settings_dict["CONN_MAX_AGE"])


def _is_broken(connection: BaseDatabaseWrapper) -> bool:
    return connection.connection is not None and connection.errors_occurred and not connection.is_usable()
