"""Django's connections in threads that no request signal looks after."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import close_old_connections, connections


@contextmanager
def with_fresh_connections() -> Iterator[None]:
    """A connection that broke or grew too old is closed before and after, but never one in a transaction: a test's."""
    _close_old()
    try:
        yield
    finally:
        _close_old()


def _close_old() -> None:
    if not any(connection.in_atomic_block for connection in connections.all(initialized_only=True)):
        close_old_connections()
