"""The embedded server itself: no Django, a data directory for each test."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from shopflow.postgres import EmbeddedPostgres, PostgresError, database_url, socket_directory
from shopflow.postgres.account import identity

LINUX_LIMIT = 107


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(tmp_path / "postgres", fsync=False) as running:
        yield running


def ask(server: EmbeddedPostgres, query: str) -> object:
    with psycopg.connect(database_url(server.data_dir, "postgres")) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def test_a_url_needs_no_server_and_is_always_the_same() -> None:
    url = database_url(Path("/srv/shop/.shopflow/postgres"), "shopflow_users")
    assert url == "postgresql://shopflow@%2Fsrv%2Fshop%2F.shopflow%2Fpostgres-socket:5432/shopflow_users"


@pytest.mark.parametrize("folder", ["deep/" * 30, "with a space", "münchen", "a%2Fb"])
def test_a_folder_that_makes_no_good_socket_path_gets_one_elsewhere(folder: str) -> None:
    sockets = socket_directory(Path("/srv") / folder / "postgres")
    assert sockets.name.startswith("shopflow-")
    assert len(bytes(sockets / ".s.PGSQL.5432")) <= LINUX_LIMIT


def test_starts_and_is_reached_from_any_folder(tmp_path: Path) -> None:
    folder = tmp_path / "Größe with a space" / ("deep" * 30)
    with EmbeddedPostgres(folder / "postgres", fsync=False) as server:
        assert ask(server, "SELECT 1") == 1


def test_listens_on_no_network_address_and_lets_no_other_user_in(server: EmbeddedPostgres) -> None:
    assert ask(server, "SHOW listen_addresses") == ""
    assert socket_directory(server.data_dir).stat().st_mode & 0o777 == 0o700


def test_sorts_and_changes_case_alike_on_every_machine(server: EmbeddedPostgres) -> None:
    assert ask(server, "SELECT lower('ÄPFEL')") == "äpfel"
    assert ask(server, "SELECT datlocprovider::text FROM pg_database WHERE datname = 'template1'") == "b"


def test_the_data_of_a_shop_is_written_through(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path / "postgres") as server:
        assert ask(server, "SHOW fsync") == "on"
        assert ask(server, "SHOW full_page_writes") == "on"


def test_making_databases_twice_makes_them_once(server: EmbeddedPostgres) -> None:
    server.create_databases(["one", "two"])
    server.create_databases(["two", "three"])
    assert ask(server, "SELECT count(*) FROM pg_database WHERE datname IN ('one', 'two', 'three')") == 3


def test_keeps_what_it_has_over_a_stop_in_a_hurry(server: EmbeddedPostgres) -> None:
    server.create_databases(["kept"])
    server.stop(hurry=True)
    assert not server.is_running
    server.start()
    assert ask(server, "SELECT count(*) FROM pg_database WHERE datname = 'kept'") == 1


@pytest.fixture
def stranger(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is not PostgreSQL, of the user that PostgreSQL runs as."""
    with subprocess.Popen(["/bin/sleep", "600"], cwd="/", **identity(tmp_path / "none")) as process:
        yield process
        process.kill()


def test_a_pid_file_that_names_another_process_is_no_obstacle(
    server: EmbeddedPostgres, stranger: subprocess.Popen[bytes]
) -> None:
    pid_file = server.data_dir / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    server.stop()
    pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
    server.start()
    assert ask(server, "SELECT 1") == 1
    assert stranger.poll() is None


@pytest.mark.parametrize("content", ["", "\n", "not a number\n"])
def test_a_pid_file_cut_short_is_no_obstacle(server: EmbeddedPostgres, content: str) -> None:
    server.stop()
    (server.data_dir / "postmaster.pid").write_text(content)
    server.start()
    assert ask(server, "SELECT 1") == 1


def test_a_socket_left_behind_is_no_obstacle(server: EmbeddedPostgres, stranger: subprocess.Popen[bytes]) -> None:
    server.stop()
    (socket_directory(server.data_dir) / ".s.PGSQL.5432").touch()
    (socket_directory(server.data_dir) / ".s.PGSQL.5432.lock").write_text(f"{stranger.pid}\n")
    server.start()
    assert ask(server, "SELECT 1") == 1


def test_a_server_of_an_earlier_run_is_stopped_first(server: EmbeddedPostgres) -> None:
    server.create_databases(["kept"])
    earlier = ask(server, "SELECT pg_backend_pid()")
    with EmbeddedPostgres(server.data_dir, fsync=False) as later:
        assert ask(later, "SELECT count(*) FROM pg_database WHERE datname = 'kept'") == 1
        assert not server.is_running
    assert not psutil.pid_exists(int(str(earlier)))


def test_starts_again_after_the_server_alone_was_killed(server: EmbeddedPostgres) -> None:
    server.create_databases(["kept"])
    pid = int((server.data_dir / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGKILL)
    server.start()
    assert ask(server, "SELECT count(*) FROM pg_database WHERE datname = 'kept'") == 1


def test_an_unfinished_data_directory_is_thrown_away(tmp_path: Path) -> None:
    unfinished = tmp_path / "postgres-new.killed"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(tmp_path / "postgres", fsync=False) as server:
        assert ask(server, "SELECT 1") == 1
    assert not unfinished.exists()


def test_does_not_touch_what_is_not_a_data_directory(tmp_path: Path) -> None:
    photos = tmp_path / "postgres"
    photos.mkdir()
    (photos / "holiday.jpg").write_bytes(b"jpg")
    with pytest.raises(PostgresError, match="is in the way: it is not a PostgreSQL data directory"):
        EmbeddedPostgres(photos, fsync=False).start()
    assert [file.name for file in photos.iterdir()] == ["holiday.jpg"]


def test_says_why_it_did_not_start(server: EmbeddedPostgres) -> None:
    server.stop()
    (server.data_dir / "postgresql.conf").write_text("work_mem = much\n")
    with pytest.raises(PostgresError, match=r"(?s)did not start.*work_mem"):
        server.start()
