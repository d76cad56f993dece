"""The whole shop from one command, and what it says where it cannot start."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from shopflow.http.server import GRACE
from shopflow.postgres import EmbeddedPostgres, database_url
from tests.e2e.conftest import StartShop
from tests.e2e.shop import PATIENCE, Shop, until

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_serves_until_it_is_told_to_stop_and_leaves_nothing_running(
    start_shop: StartShop, number: signal.Signals
) -> None:
    shop = start_shop().ready()
    assert shop.ask("GET", "/health/ready")[0] == 200
    assert shop.stop(number) == 0
    assert shop.processes() == []
    assert shop.output.endswith("stopped; nothing is left running\n")


def test_says_where_everything_is(start_shop: StartShop) -> None:
    shop = start_shop().ready()
    for path in ("/api/v1/products", "/api/docs/", "/admin/"):
        assert f"http://127.0.0.1:{shop.port}{path}\n" in shop.output
    assert "admin@shopflow.local" in shop.output


def test_a_catalogue_is_there_on_the_first_start(start_shop: StartShop) -> None:
    status, products = start_shop(empty=True).ready().ask("GET", "/api/v1/products?limit=5")
    assert (status, len(products)) == (200, 5)


def test_prints_the_same_staff_login_on_every_start(start_shop: StartShop) -> None:
    logins = []
    for _ in range(2):
        shop = start_shop(empty=True).ready()
        logins += [line for line in shop.output.splitlines() if "staff login" in line]
        shop.stop()
    assert logins[0] == logins[1]
    password = logins[0].split()[-1]
    note = shop.state / "admin.txt"
    assert note.read_text() == f"admin@shopflow.local\n{password}\n"
    assert note.stat().st_mode & 0o777 == 0o600


def test_the_environment_names_the_staff_user(start_shop: StartShop) -> None:
    environment = {"SHOPFLOW_ADMIN_EMAIL": "boss@example.com", "SHOPFLOW_ADMIN_PASSWORD": "correct horse"}
    shop = start_shop(empty=True, **environment).ready()
    assert "boss@example.com   (from SHOPFLOW_ADMIN_PASSWORD)" in shop.output
    credentials = {"email": "boss@example.com", "password": "correct horse"}
    assert shop.ask("POST", "/api/v1/users/login", credentials)[0] == 200
    assert "correct horse" not in shop.output


def test_a_port_in_use_is_one_clear_line(start_shop: StartShop) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert refusal(start_shop(empty=True, port=port)) == (
            f"CannotStart: port {port} is in use. Stop what uses it, or choose another: PORT={port + 1}"
        )


def test_a_second_start_in_the_same_folder_says_so(start_shop: StartShop) -> None:
    first = start_shop().ready()
    pid, log = first.process.pid, first.state / "up.log"
    said = log.rename(log.with_suffix(".first")).read_text()
    second = start_shop()
    assert refusal(second) == (
        f"CannotStart: ShopFlow already runs in this folder (process {pid}). Stop it first, or set SHOPFLOW_STATE."
    )
    assert "ShopFlow is ready" in said
    assert first.ask("GET", "/health/ready")[0] == 200


def test_a_broken_database_url_is_one_clear_line(start_shop: StartShop) -> None:
    assert refusal(start_shop(empty=True, ORDERS_DATABASE_URL="nonsense")) == (
        "ImproperlyConfigured: ORDERS_DATABASE_URL is not a database URL such as"
        " postgresql://user:password@host:5432/name"
    )


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[str]:
    """A server of the user's own, where the role has the password `right`."""
    with EmbeddedPostgres(tmp_path / "own" / "postgres", fsync=False) as server:
        server.create_databases(["orders"])
        url = database_url(server.data_dir, "orders")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("ALTER ROLE shopflow PASSWORD 'right'")
            (server.data_dir / "pg_hba.conf").write_text("local all all scram-sha-256\n")
            connection.execute("SELECT pg_reload_conf()")
        yield url.replace("shopflow@", "shopflow:{password}@")


def test_a_wrong_password_is_said_but_not_shown(start_shop: StartShop, own_server: str) -> None:
    shop = start_shop(empty=True, ORDERS_DATABASE_URL=own_server.format(password="hush-hush"))
    assert refusal(shop).startswith("CannotStart: ORDERS_DATABASE_URL: ")
    assert 'password authentication failed for user "shopflow"' in shop.output
    assert "hush-hush" not in shop.output


def test_a_database_that_is_not_there_is_one_clear_line(start_shop: StartShop, own_server: str) -> None:
    url = own_server.format(password="right").replace("/orders", "/absent")
    assert 'database "absent" does not exist' in refusal(start_shop(empty=True, ORDERS_DATABASE_URL=url))


def test_a_given_database_is_used_and_the_embedded_server_has_the_rest(start_shop: StartShop, own_server: str) -> None:
    url = own_server.format(password="right")
    shop = start_shop(empty=True, ORDERS_DATABASE_URL=url).ready()
    assert "PostgreSQL for users, inventory, payments …" in shop.output
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT count(*) FROM orders_order").fetchone()
    assert tables == (0,)


def test_a_web_worker_that_dies_is_replaced(start_shop: StartShop) -> None:
    shop = start_shop().ready()
    worker = the_worker(shop)
    worker.kill()
    until(lambda: shop.process.poll() is None and the_worker(shop).pid != worker.pid, "another worker")
    until(lambda: answers(shop), "an answer of the other worker")
    assert shop.stop() == 0


def test_a_second_signal_does_not_wait_for_what_hangs(start_shop: StartShop) -> None:
    shop = start_shop().ready()
    the_worker(shop).suspend()
    began = time.monotonic()

    def gone() -> bool:
        shop.process.send_signal(signal.SIGINT)
        return shop.process.poll() is not None

    until(gone, "the end")
    assert shop.ended() == 0
    assert time.monotonic() - began < GRACE / 2


AGAIN = "PostgreSQL runs again"


def test_postgresql_is_started_again_however_it_died(start_shop: StartShop) -> None:
    shop = start_shop().ready()
    for number in (signal.SIGQUIT, signal.SIGKILL, signal.SIGINT):
        said, before = shop.output.count(AGAIN), the_server(shop)
        before.send_signal(number)
        before.wait(PATIENCE)
        until(lambda said=said: shop.output.count(AGAIN) == said + 1, AGAIN)  # type: ignore[misc]
        until(lambda: shop.ask("GET", "/api/v1/products?limit=5")[0] == 200, "products again")
    assert shop.stop() == 0
    assert shop.processes() == []


def test_ends_with_a_clear_line_where_postgresql_cannot_be_started_again(start_shop: StartShop) -> None:
    shop = start_shop().ready()
    with (shop.state / "postgres" / "postgresql.conf").open("a") as configuration:
        configuration.write("work_mem = much\n")
    the_server(shop).kill()
    assert shop.ended() == 1
    assert "CannotStart: PostgreSQL ended and cannot be started again: PostgreSQL did not start" in shop.output
    assert shop.output.count("PostgreSQL ended; starting it again …") == 3


@pytest.mark.parametrize(("number", "empty"), [(signal.SIGINT, True), (signal.SIGTERM, False)])
def test_runserver_serves_the_same_and_leaves_nothing_running(
    start_shop: StartShop, number: signal.Signals, *, empty: bool
) -> None:
    shop = start_shop(empty=empty, command="runserver")
    until(lambda: answers(shop), "an answer")
    assert len(shop.ask("GET", "/api/v1/products?limit=5")[1]) == 5
    assert shop.stop(number) == 0
    shop.leaves_nothing()


def test_runserver_shares_the_databases_of_a_shop_that_runs(start_shop: StartShop) -> None:
    shop = start_shop().ready()
    beside = start_shop(command="runserver")
    until(lambda: answers(beside), "an answer")
    assert "PostgreSQL" not in beside.output
    beside.stop()
    assert answers(shop)


def the_worker(shop: Shop) -> psutil.Process:
    children = psutil.Process(shop.process.pid).children()
    return next((child for child in children if is_worker(child)), psutil.Process())


def is_worker(process: psutil.Process) -> bool:
    try:
        return "postgres" not in process.name()
    except psutil.NoSuchProcess:  # since it was listed
        return False


def the_server(shop: Shop) -> psutil.Process:
    children = psutil.Process(shop.process.pid).children()
    return next(child for child in children if child.name() == "postgres")


def answers(shop: Shop) -> bool:
    try:
        return shop.ask("GET", "/health/ready")[0] == 200
    except OSError:
        return False


def refusal(shop: Shop) -> str:
    """The one line with which it refused to start."""
    assert shop.ended() != 0
    *before, line = shop.output.splitlines()
    assert "Traceback" not in shop.output
    assert all(other.startswith("  ") for other in before)
    return line
