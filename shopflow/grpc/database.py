"""Django's connections in threads that no request signal looks after."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Lock, Thread

import grpc
import psycopg
from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.pq import TransactionStatus

from shopflow.lost_connections import close_old

CANCEL_SECONDS = 2.0
"""In which PostgreSQL has to take a cancellation."""
FIRST_PAUSE, LONGEST_PAUSE = 0.01, 1.0
"""Seconds from one cancellation to the next, where the call starts further statements."""

logger = logging.getLogger(__name__)


@contextmanager
def for_one_call(context: grpc.ServicerContext) -> Iterator[None]:
    """Fresh connections, on which no statement outlives the caller's interest: a deadline passes, a caller hangs up."""
    with with_fresh_connections():
        statements = Statements([connections[alias] for alias in settings.HOSTED])
        if not context.add_callback(statements.end_of_call):
            statements.end_of_call()
        try:
            yield
        finally:
            statements.done()


@contextmanager
def with_fresh_connections() -> Iterator[None]:
    """A connection that broke or grew too old is closed before and after, but never one in a transaction: a test's."""
    close_old()
    try:
        yield
    finally:
        close_old()


class Statements:
    """Those that one call runs, on the connections of its thread."""

    def __init__(self, databases: Sequence[BaseDatabaseWrapper]) -> None:
        self._databases = databases
        self._done = Event()
        self._cancelling = Lock()
        self._told = False

    def done(self) -> None:
        """The handler's end. It waits for a cancellation under way, which would hit the next call's statement."""
        with self._cancelling:
            self._done.set()

    def end_of_call(self) -> None:
        """In the one thread that serves gRPC's events, so nothing may wait here. Mostly the handler is done."""
        if not self._done.is_set():
            Thread(target=self._cancel_until_done, name="cancel", daemon=True).start()

    def _cancel_until_done(self) -> None:
        """More than once: what comes between two statements, or before PostgreSQL has read one, stops nothing."""
        pause = FIRST_PAUSE
        while not self._cancelled():
            self._done.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _cancelled(self) -> bool:
        with self._cancelling:
            if self._done.is_set():
                return True
            for database in filter(_is_active, self._databases):
                self._tell("a statement of %s is cancelled: the caller has gone", database.alias)
                _cancel(database)
        return False

    def _tell(self, message: str, alias: str) -> None:
        """Once: a call has many statements, and each of them may take more than one cancellation."""
        if not self._told:
            self._told = True
            logger.warning(message, alias)


def _is_active(database: BaseDatabaseWrapper) -> bool:
    connection = database.connection
    return connection is not None and connection.pgconn.transaction_status == TransactionStatus.ACTIVE


def _cancel(database: BaseDatabaseWrapper) -> None:
    try:
        database.connection.cancel_safe(timeout=CANCEL_SECONDS)
    except psycopg.Error as error:  # the connection is lost: so is the statement, or it has its own time limit
        logger.warning("a statement of %s cannot be cancelled: %s", database.alias, error)
