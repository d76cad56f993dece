"""Real connections to a server of the tests' own, as the roles make them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from shopflow.postgres import EmbeddedPostgres, database_url
from shopflow.postgres.roles import ensure_role, kept_passwords

PASSWORDS = {"orders": "o/r:d@e%rs", "inventory": "in ventory"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(tmp_path_factory.mktemp("roles") / "postgres", fsync=False) as running:
        running.create_databases(["shopflow_orders", "shopflow_inventory"])
        superuser(running, "CREATE TABLE early (id bigserial PRIMARY KEY, note text)")
        for role, password in PASSWORDS.items():
            ensure_role(running.data_dir, role=role, database=f"shopflow_{role}", password=password)
        superuser(running, "CREATE TABLE late (id bigserial PRIMARY KEY, note text)")
        yield running


def superuser(server: EmbeddedPostgres, statement: str) -> None:
    with psycopg.connect(database_url(server.data_dir, "shopflow_orders")) as connection:
        connection.execute(statement.encode())


def as_orders(server: EmbeddedPostgres, database: str, password: str = PASSWORDS["orders"]) -> psycopg.Connection:
    return psycopg.connect(database_url(server.data_dir, database, role="orders", password=password))


@pytest.mark.parametrize("table", ["early", "late"])
def test_a_role_reads_and_writes_every_table_of_its_database(server: EmbeddedPostgres, table: str) -> None:
    with as_orders(server, "shopflow_orders") as connection:
        connection.execute(f"INSERT INTO {table} (note) VALUES ('a')".encode())  # noqa: S608  # a name of the test
        connection.execute(f"UPDATE {table} SET note = 'b'".encode())  # noqa: S608
        assert connection.execute(f"SELECT note FROM {table}".encode()).fetchall() == [("b",)]  # noqa: S608
        connection.execute(f"DELETE FROM {table}".encode())  # noqa: S608


@pytest.mark.parametrize(
    "statement",
    ["CREATE TABLE own (id int)", "DROP TABLE early", "TRUNCATE early", "CREATE SCHEMA own", "CREATE ROLE x"],
)
def test_a_role_changes_no_table(server: EmbeddedPostgres, statement: str) -> None:
    with as_orders(server, "shopflow_orders") as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement.encode())


@pytest.mark.parametrize("database", ["shopflow_inventory", "postgres", "template1"])
def test_a_role_gets_into_no_other_database(server: EmbeddedPostgres, database: str) -> None:
    with pytest.raises(psycopg.OperationalError, match=f'permission denied for database "{database}"'):
        as_orders(server, database)


@pytest.mark.parametrize("password", ["", PASSWORDS["inventory"]])
def test_a_role_has_to_show_its_own_password(server: EmbeddedPostgres, password: str) -> None:
    with pytest.raises(psycopg.OperationalError, match=r"no password supplied|password authentication failed"):
        as_orders(server, "shopflow_orders", password)


def test_giving_rights_again_changes_the_password_and_nothing_else(server: EmbeddedPostgres) -> None:
    for password in ("another", PASSWORDS["orders"]):
        ensure_role(server.data_dir, role="orders", database="shopflow_orders", password=password)
        as_orders(server, "shopflow_orders", password).close()


def test_data_made_when_the_socket_was_enough_asks_for_passwords_after_the_next_start(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path / "postgres", fsync=False) as server:
        server.create_databases(["shopflow_orders"])
        ensure_role(server.data_dir, role="orders", database="shopflow_orders", password=PASSWORDS["orders"])
        (server.data_dir / "pg_hba.conf").write_text("local all all trust\n")
    with (
        EmbeddedPostgres(tmp_path / "postgres", fsync=False) as server,
        pytest.raises(psycopg.OperationalError, match="no password supplied"),
    ):
        as_orders(server, "shopflow_orders", "")


def test_passwords_are_made_up_once_and_for_the_owners_eyes_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "roles.json"
    first = kept_passwords(path, ["users", "orders"])
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    more = kept_passwords(path, ["users", "orders", "payments"])
    assert {role: more[role] for role in first} == first
    assert len(set(more.values())) == 3
