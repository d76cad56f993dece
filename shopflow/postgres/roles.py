"""A role that reads and writes the rows of one database, changes no table, and gets into no other database."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

import psycopg
from psycopg import sql

from shopflow.postgres.address import ROLE, database_url

LATER = "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public"
RIGHTS = (
    "REVOKE ALL ON DATABASE {database}, postgres, template1 FROM PUBLIC",
    "GRANT CONNECT ON DATABASE {database} TO {role}",
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
    # what a later migration makes
    f"{LATER} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {{role}}",
    f"{LATER} GRANT USAGE, SELECT ON SEQUENCES TO {{role}}",
)


def ensure_role(data_dir: Path, *, role: str, database: str, password: str) -> None:
    """All or nothing, and as often as one likes: the role, its password, and its rights in `database`."""
    names = {"role": sql.Identifier(role), "database": sql.Identifier(database), "owner": sql.Identifier(ROLE)}
    with psycopg.connect(database_url(data_dir, database)) as connection:
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
        verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
        connection.execute(
            sql.SQL(
                "{verb} ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
                " PASSWORD {verifier}"
            ).format(verb=sql.SQL("ALTER" if known else "CREATE"), verifier=sql.Literal(verifier), **names)
        )
        for statement in RIGHTS:
            connection.execute(sql.SQL(statement).format(**names))


def kept_passwords(path: Path, roles: Iterable[str]) -> dict[str, str]:
    """By role; made up once, for the owner of the file alone."""
    kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    if missing := [role for role in roles if role not in kept]:
        kept |= {role: secrets.token_urlsafe(24) for role in missing}
        _write(path, json.dumps(kept, indent=2))
    return {role: kept[role] for role in roles}


def _write(path: Path, text: str) -> None:
    """Whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    unfinished.rename(path)
