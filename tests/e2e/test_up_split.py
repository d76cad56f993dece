"""The same shop as split services behind the real Envoy, from one command."""

from __future__ import annotations

import json
import re
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from shopflow.gateway.places import HTTP_PORTS
from shopflow.local_run.split.redis_server import redis_url
from shopflow.postgres import database_url
from tests.e2e.conftest import StartShop, starting
from tests.e2e.shop import Shop, until

pytestmark = pytest.mark.e2e

CONTEXTS = ("users", "inventory", "orders", "payments")
CUSTOMER = {"username": "maria", "email": "maria@example.com", "password": "a long winter"}
LOGIN = {"email": CUSTOMER["email"], "password": CUSTOMER["password"]}


@pytest.fixture(scope="module")
def start_here(tmp_path_factory: pytest.TempPathFactory, prepared_state: Callable[[], Path]) -> Iterator[StartShop]:
    """All in one state, which serves both modes."""
    with starting(tmp_path_factory.mktemp("split") / "state", prepared_state) as start:
        yield start


@pytest.fixture(scope="module")
def of_the_whole(start_here: StartShop) -> object:
    """The order that the whole shop took before the split began; the first start of a split is tests/api's."""
    whole = start_here().ready()
    assert whole.ask("POST", "/api/v1/users/register", CUSTOMER)[0] == 201
    placed = order(whole, token_of(whole))
    assert whole.stop() == 0
    return placed


@pytest.fixture(scope="module")
def split(start_here: StartShop, of_the_whole: object) -> Shop:
    """One for all the tests; all but the last leave it as they found it."""
    return start_here(command="up_split").ready()


def token_of(shop: Shop) -> str:
    status, answer = shop.ask("POST", "/api/v1/users/login", LOGIN)
    assert status == 200, answer
    return str(answer["access_token"])


def place(shop: Shop, token: str) -> tuple[int, object]:
    return shop.ask("POST", "/api/v1/orders", {"product_id": 1, "quantity": 2}, token=token)


def order(shop: Shop, token: str) -> object:
    status, placed = place(shop, token)
    assert status == 201, placed
    return placed


def process(shop: Shop, words: str) -> psutil.Process:
    """Whose command ends with these words; of a web server and its worker, the web server."""
    children = psutil.Process(shop.process.pid).children()
    return next(child for child in children if words in " ".join(child.cmdline()))


def status_of(port: int, path: str) -> int:
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path)
        return connection.getresponse().status


def password(shop: Shop, role: str) -> str:
    return str(json.loads((shop.state / "keys" / "roles.json").read_text())[role])


def connect(shop: Shop, database: str, role: str) -> psycopg.Connection:
    url = database_url(shop.state / "postgres", f"shopflow_{database}", role=role, password=password(shop, role))
    return psycopg.connect(url)


def test_an_order_goes_through_the_gateway_and_every_service(split: Shop) -> None:
    assert len(split.ask("GET", "/api/v1/products?limit=5")[1]) == 5
    token = token_of(split)
    stock = split.ask("GET", "/api/v1/products/1")[1]["stock"]
    placed = order(split, token)
    assert split.ask("GET", "/api/v1/orders?limit=1", token=token) == (200, [placed])
    assert split.ask("GET", "/api/v1/products/1")[1]["stock"] == stock - 2


def test_says_what_runs_where(split: Shop) -> None:
    for path in ("/api/v1/products", "/api/docs/", "/admin/"):
        assert f"http://127.0.0.1:{split.port}{path}\n" in split.output
    assert f"Envoy on :{split.port}, " in split.output
    for context in CONTEXTS:
        assert re.search(rf"^  {context} +HTTP :[0-9]+, gRPC :[0-9]+$", split.output, re.MULTILINE)
        assert re.search(rf"^{context} +\| HTTP: {context}", split.output, re.MULTILINE)
        assert re.search(rf"^{context}-grpc +\| gRPC: {context}", split.output, re.MULTILINE)
        assert re.search(rf"^{context}-worker +\| worker: running$", split.output, re.MULTILINE)
    assert re.search(r"^backoffice +\| HTTP: backoffice", split.output, re.MULTILINE)
    assert re.search(r"^beat +\| beat: running$", split.output, re.MULTILINE)
    assert "\033[" not in split.output


def test_the_system_lists_every_process_by_name(split: Shop) -> None:
    commands = [" ".join(child.cmdline()) for child in psutil.Process(split.process.pid).children()]
    wanted = [f"manage.py serve_grpc {context} " for context in CONTEXTS]
    parts = ("users docs", "inventory", "orders", "payments", "backoffice")
    wanted += [f"manage.py serve_http {part} " for part in parts]
    wanted += [f"manage.py worker {context}" for context in CONTEXTS]
    wanted += ["manage.py beat", "redis-server", "envoy --config-path", "postgres -D"]
    assert len(commands) == len(wanted)
    for words in wanted:
        assert len([command for command in commands if words in command]) == 1, (words, commands)


def test_each_process_is_told_its_own_database_alone(split: Shop) -> None:
    for context in CONTEXTS:
        for command in ("serve_http", "serve_grpc", "worker"):
            environment = process(split, f"{command} {context}").environ()
            urls = {name: value for name, value in environment.items() if name.endswith("_DATABASE_URL")}
            assert list(urls) == [f"{context.upper()}_DATABASE_URL"]
            assert f"//{context}:{password(split, context)}@" in urls[f"{context.upper()}_DATABASE_URL"]
            assert ("SHOPFLOW_JWKS_URL" in environment) == (context != "users")
    assert not [name for name in process(split, "manage.py beat").environ() if name.endswith("_DATABASE_URL")]


def test_the_back_office_is_told_of_every_database_in_the_role_of_its_context(split: Shop) -> None:
    environment = process(split, "serve_http backoffice").environ()
    for context in CONTEXTS:
        assert f"//{context}:{password(split, context)}@" in environment[f"{context.upper()}_DATABASE_URL"]
    assert not {"SHOPFLOW_PEERS", "SHOPFLOW_SINK", "REDIS_URL"} & environment.keys()


def test_nobody_else_has_a_page_of_the_back_office(split: Shop) -> None:
    offset = int(split.offset)
    answers = {name: status_of(port + offset, "/admin/login/") for name, port in HTTP_PORTS.items()}
    assert answers == {**dict.fromkeys(CONTEXTS, 404), "backoffice": 200}
    assert status_of(split.port, "/admin/login/") == 200


@pytest.mark.parametrize("context", CONTEXTS)
def test_each_database_holds_its_contexts_tables_alone(split: Shop, context: str) -> None:
    with connect(split, context, context) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    mine, of_others = f"{context}_", tuple(f"{other}_" for other in CONTEXTS if other != context)
    tables = sorted(name for (name,) in rows)
    assert [name for name in tables if name.startswith(of_others)] == []
    assert any(name.startswith(mine) for name in tables) or context == "payments"  # which has none yet


@pytest.mark.parametrize("role", CONTEXTS)
def test_no_role_gets_into_the_database_of_another(split: Shop, role: str) -> None:
    for database in set(CONTEXTS) - {role}:
        with pytest.raises(psycopg.OperationalError, match=f'permission denied for database "shopflow_{database}"'):
            connect(split, database, role)


def test_an_event_reaches_its_consumer_through_the_broker(split: Shop) -> None:
    placed = order(split, token_of(split))
    assert isinstance(placed, dict)
    with connect(split, "orders", "orders") as orders, connect(split, "inventory", "inventory") as inventory:
        orders.autocommit = inventory.autocommit = True
        row = orders.execute("SELECT reservation_id FROM orders_order WHERE id = %s", [placed["id"]]).fetchone()
        committed = "SELECT 1 FROM inventory_reservation WHERE id = %s AND state = 'committed'"
        until(lambda: inventory.execute(committed, row).fetchone(), "its reservation committed", 15)


@pytest.mark.parametrize(
    ("victim", "command"),
    [("inventory-grpc", "serve_grpc inventory "), ("users", "serve_http users "), ("orders-worker", "worker orders")],
)
def test_a_process_that_dies_is_started_again(split: Shop, victim: str, command: str) -> None:
    token = token_of(split)
    dead = process(split, command)
    family = [dead, *dead.children()]
    dead.kill()
    split.says(f"{victim:<16} | ended (SIGKILL); starting it again in 0.2 s")
    psutil.wait_procs(family, timeout=5)
    assert [member for member in family if member.is_running()] == []
    until(lambda: split.ask("GET", "/health/user")[0] == 200, "users again")
    until(lambda: place(split, token)[0] == 201, "inventory again")


def test_redis_is_reached_through_its_socket_alone(split: Shop) -> None:
    url = redis_url(split.state / "redis")
    with redis.Redis.from_url(url) as client:
        assert client.ping()
        assert client.config_get("port") == {"port": "0"}
    socket_file = split.state / "redis-socket"
    assert socket_file.stat().st_mode & 0o777 == 0o700


def test_the_whole_shop_in_one_process_does_not_run_beside_it(split: Shop) -> None:
    log = split.state / "up.log"
    said = log.rename(log.with_suffix(".split"))
    other = Shop(split.state)
    try:
        assert other.ended() == 1
        assert f"ShopFlow already runs in this folder (process {split.process.pid})" in other.output
    finally:
        said.rename(log)


def test_a_port_in_use_is_one_clear_line_before_anything_begins(start_shop: StartShop) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 20_152))
        other.listen()
        shop = start_shop(empty=True, command="up_split", SHOPFLOW_PORT_OFFSET="12150")
        assert shop.ended() == 1
    assert shop.output == (
        "CannotStart: port 20152 (of orders) is in use. Stop what uses it, or move all of the split's:"
        " SHOPFLOW_PORT_OFFSET=13150\n"
    )
    assert not (shop.state / "postgres").exists()


def test_a_redis_that_does_not_answer_is_one_clear_line_before_anything_begins(start_shop: StartShop) -> None:
    shop = start_shop(empty=True, command="up_split", REDIS_URL="redis://:hush@127.0.0.1:1/0")
    assert shop.ended() == 1
    assert shop.output.startswith("CannotStart: REDIS_URL: Error 111 connecting to 127.0.0.1:1. Connection refused.")
    assert shop.output.count("\n") == 1
    assert not (shop.state / "postgres").exists()


def test_one_state_serves_both_modes_through_stops_and_kills(
    split: Shop, start_here: StartShop, of_the_whole: object
) -> None:
    orders = split.ask("GET", "/api/v1/orders", token=token_of(split))[1]
    assert orders[-1] == of_the_whole
    orders.insert(0, order(split, token_of(split)))
    assert split.stop(signal.SIGINT) == 0
    assert split.output.endswith("stopped; nothing is left running\n")
    assert split.processes() == []

    killed = start_here(command="up_split").ready()
    token = token_of(killed)
    assert killed.ask("GET", "/api/v1/orders", token=token) == (200, orders)
    orders.insert(0, order(killed, token))
    killed.process.send_signal(signal.SIGKILL)
    killed.ended()

    again = start_here(command="up_split", SHOPFLOW_PORT_OFFSET=killed.offset).ready()
    assert again.ask("GET", "/api/v1/orders", token=token) == (200, orders)
    process(again, "postgres -D").kill()
    again.says("PostgreSQL runs again")
    until(lambda: again.ask("GET", "/api/v1/orders", token=token) == (200, orders), "the same orders")
    orders.insert(0, order(again, token))
    assert again.stop() == 0
    assert again.processes() == []

    whole = start_here().ready()
    assert whole.ask("GET", "/api/v1/orders", token=token_of(whole)) == (200, orders)
