"""The four databases, made ready: on the embedded server, but for those that the environment points elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import Error, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.transaction import atomic

from shopflow.local_run.console import Console
from shopflow.local_run.errors import CannotStart
from shopflow.local_run.keeping import KeptPostgres
from shopflow.local_run.stopping import Stopping
from shopflow.postgres import EmbeddedPostgres, PostgresError, socket_directory

PATIENCE = 15.0
"""Seconds that a given server may take to answer: it may be starting beside us."""

PAUSE = 0.5


@contextmanager
def running(console: Console, stopping: Stopping) -> Iterator[KeptPostgres | None]:
    """Every database answers and has its tables; the embedded server is kept running, and stopped at the end."""
    embedded = [context for context in settings.CONTEXTS if is_embedded(context)]
    for context in settings.CONTEXTS:
        if context not in embedded:
            _require_answer(context, console)
    kept = _start(console, stopping, embedded) if embedded else None
    try:
        _migrate(console)
        if kept:
            kept.keep()
        yield kept
    finally:
        connections.close_all()
        if kept:
            kept.stop()


def is_embedded(context: str) -> bool:
    return bool(settings.DATABASES[context]["HOST"] == str(socket_directory(settings.POSTGRES_DATA)))


def _start(console: Console, stopping: Stopping, embedded: list[str]) -> KeptPostgres:
    server = EmbeddedPostgres(settings.POSTGRES_DATA, report=console.say)
    kept = KeptPostgres(server, console)
    stopping.hurry.append(kept.stop_at_once)
    only = "" if len(embedded) == len(settings.CONTEXTS) else f" for {', '.join(embedded)}"
    with console.step(f"PostgreSQL{only}"):
        try:
            server.start()
            server.create_databases(settings.DATABASES[context]["NAME"] for context in embedded)
        except (PostgresError, OSError) as error:
            raise CannotStart(str(error)) from None
        except BaseException:
            server.stop()
            raise
    return kept


def _require_answer(context: str, console: Console) -> None:
    variable = f"{context.upper()}_DATABASE_URL"
    deadline = time.monotonic() + PATIENCE
    waiting = False
    while problem := _problem(context):
        if not _may_pass(problem) or time.monotonic() > deadline:
            raise CannotStart(f"{variable}: {problem}")
        if not waiting:
            console.say(f"waiting for {variable}: {problem}")
            waiting = True
        time.sleep(PAUSE)


def _problem(context: str) -> str:
    """Why the database does not answer, in one line and without its password; empty where it does."""
    parameters = {**connections[context].get_connection_params(), "connect_timeout": 5}
    try:
        psycopg.connect(**parameters).close()
    except psycopg.Error as error:
        line = str(error).strip().splitlines()[0]
        password = parameters.get("password")
        return line.replace(password, "…") if password else line
    return ""


def _may_pass(problem: str) -> bool:
    """What a server that does answer says is final, unless it says that it is starting."""
    return "FATAL" not in problem or "starting up" in problem or "shutting down" in problem


def _migrate(console: Console) -> None:
    for context in settings.CONTEXTS:
        executor = MigrationExecutor(connections[context])
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if not plan:
            continue
        with console.step(f"tables of {context}"):
            try:
                _apply(context, whole=all(migration.atomic for migration, _ in plan))
            except Error as error:
                raise CannotStart(f"cannot migrate the {context} database: {str(error).splitlines()[0]}") from error


def _apply(context: str, *, whole: bool) -> None:
    """All or nothing where the migrations allow it.

    Django commits some migrations before it notes them down; killed between the two, the next start would make the
    same tables again and fail.
    """
    if not whole:
        call_command("migrate", database=context, verbosity=0, interactive=False)
        return
    with atomic(using=context):
        call_command("migrate", database=context, verbosity=0, interactive=False)
