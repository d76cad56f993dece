"""The run's own PostgreSQL: the server of `make up`, durable as there, on the same disk, and gone afterwards."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from bench import cpu
from shopflow.postgres import EmbeddedPostgres, database_url, socket_directory
from shopflow.postgres.leftovers import live_server

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Cluster:
    state: Path
    server: EmbeddedPostgres

    def url(self, database: str) -> str:
        return database_url(self.server.data_dir, database)

    @property
    def socket(self) -> Path:
        return socket_directory(self.server.data_dir)

    def query(self, database: str, statement: LiteralString | sql.Composed, *parameters: object) -> list[Any]:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement, parameters or None)
            return list(cursor.fetchall()) if cursor.description else []

    def number(self, database: str, statement: LiteralString) -> int:
        return int(self.query(database, statement)[0][0])

    def create(self, name: str, *, template: str = "template1") -> None:
        names = sql.Identifier(name), sql.Identifier(template)
        self.query("postgres", sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))

    def drop(self, name: str) -> None:
        self.query("postgres", sql.SQL("DROP DATABASE {} (FORCE)").format(sql.Identifier(name)))

    def cpu_seconds(self) -> float:
        process = live_server(self.server.data_dir)
        return cpu.tree_seconds(process.pid) if process else 0.0

    @contextmanager
    def preloading(self, library: str) -> Iterator[None]:
        """Restarted with the library, and again without."""
        self._restart_with(sql.SQL("ALTER SYSTEM SET shared_preload_libraries = {}").format(sql.Literal(library)))
        yield
        self._restart_with("ALTER SYSTEM RESET shared_preload_libraries")

    def _restart_with(self, change: LiteralString | sql.Composed) -> None:
        self.query("postgres", change)
        self.server.stop()
        self.server.start()


@contextmanager
def cluster(databases: Sequence[str], *, durable: bool = True) -> Iterator[Cluster]:
    (ROOT / ".shopflow").mkdir(exist_ok=True)
    state = Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT / ".shopflow"))
    server = EmbeddedPostgres(state / "postgres", fsync=durable)
    try:
        with server:
            server.create_databases(databases)
            yield Cluster(state, server)
    finally:
        shutil.rmtree(socket_directory(server.data_dir), ignore_errors=True)
        shutil.rmtree(state, ignore_errors=True)
