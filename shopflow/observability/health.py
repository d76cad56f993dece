"""Does what this process needs answer?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager

from django.db import DatabaseError, InterfaceError, connections
from django.db.migrations.executor import MigrationExecutor

_migrated: set[str] = set()
"""Databases seen fully migrated: they stay so while this process runs, and looking again costs a tenth of a second."""


PEER_SECONDS = 1.0
"""In which a peer has to say that it is well."""


@contextmanager
def asked(peers: Collection[str], answers: Callable[[str], bool]) -> Iterator[Callable[[], list[str]]]:
    """Asks all of them at once, while the body does something else; the function that it gets says who is not well."""
    pool = ThreadPoolExecutor(max(1, len(peers)), thread_name_prefix="health")
    futures = {peer: pool.submit(answers, peer) for peer in peers}

    def silent() -> list[str]:
        wait(futures.values(), PEER_SECONDS)
        return [peer for peer, future in futures.items() if not (future.done() and future.result())]

    try:
        yield silent
    finally:
        pool.shutdown(wait=False)


def unreachable(contexts: Iterable[str]) -> list[str]:
    """The contexts whose database does not answer."""
    return [context for context in contexts if not _answers(context)]


def unmigrated(contexts: Iterable[str]) -> list[str]:
    """The contexts whose database lacks a migration of this code."""
    return [context for context in contexts if not _is_migrated(context)]


def _answers(context: str) -> bool:
    connection = connections[context]
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError):
        if not connection.in_atomic_block:
            connection.close()
        return False
    return True


def _is_migrated(context: str) -> bool:
    if context not in _migrated:
        executor = MigrationExecutor(connections[context])
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return False
        _migrated.add(context)
    return True
