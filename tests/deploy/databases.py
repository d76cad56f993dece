"""Stand for the containers of PostgreSQL: a database and a role for each context, made by the script that they run."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from shopflow.postgres import account, database_url, socket_directory
from tests.deploy.compose import CONTEXTS
from tests.e2e.shop import ROOT

PASSWORD = "it's a secret"
ROLE_SCRIPT = ROOT / "deploy" / "compose" / "role.sh"


@contextmanager
def fresh(data: Path) -> Iterator[dict[str, str]]:
    """The URL of each context's database, on the server of the test run."""
    names = {context: f"image_{context}_{os.getpid()}" for context in CONTEXTS}
    try:
        for name in names.values():
            _make(name, data)
        yield {context: _url(data, name, role=name) for context, name in names.items()}
    finally:
        for name in names.values():
            _drop(name, data)


def _make(name: str, data: Path) -> None:
    environment = {
        "PATH": f"{account.binaries()}:{os.defpath}",
        "PGHOST": str(socket_directory(data)),
        "POSTGRES_USER": "shopflow",
        "POSTGRES_PASSWORD": PASSWORD,
        "CONTEXT": name,
    }
    subprocess.run([ROLE_SCRIPT], check=True, env=environment, capture_output=True, timeout=60)


def _drop(name: str, data: Path) -> None:
    with psycopg.connect(database_url(data, "postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))


def _url(data: Path, name: str, *, role: str) -> str:
    return database_url(data, name).replace("//shopflow@", f"//{role}:{quote(PASSWORD)}@")
