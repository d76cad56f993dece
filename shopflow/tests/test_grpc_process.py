"""`manage.py serve_grpc` in a process of its own: how it starts, why it does not, how it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connections, transaction

from contracts.inventory import ReserveStock
from inventory.models import Product
from inventory.services import create_product
from shopflow.tests.grpc_inventory import calling, channel_of, reserving, stock_of
from tests.e2e.shop import PATIENCE, ROOT, free_port, until

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(databases=["inventory"], transaction=True)]


class Process:
    """The inventory's, on the database of the tests."""

    def __init__(self, state: Path, certs: Path, *words: str) -> None:
        self.output = state / "serve_grpc.log"
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "SHOPFLOW_"))}
        away = ",".join(f"{name}=grpc://127.0.0.1:1" for name in ("users", "orders", "payments"))
        settings = {
            "SHOPFLOW_STATE": str(state),
            "SHOPFLOW_CERTS": str(certs),
            "SHOPFLOW_PEERS": f"inventory=local,{away}",
            "INVENTORY_DATABASE_URL": url_of(connections["inventory"].settings_dict),
        }
        with self.output.open("wb") as log:
            self.process = subprocess.Popen(  # noqa: S603
                [sys.executable, "manage.py", "serve_grpc", *words],
                cwd=ROOT,
                env={**inherited, **settings},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def says(self, text: str) -> None:
        until(lambda: text in self.text or self.process.poll() is not None, f"{text!r}")
        assert text in self.text

    @property
    def text(self) -> str:
        return self.output.read_text()

    def ended(self) -> int:
        return self.process.wait(PATIENCE)

    def kill(self) -> None:
        self.process.kill()
        self.ended()


def url_of(database: dict[str, Any]) -> str:
    who = quote(database["USER"]) + (f":{quote(database['PASSWORD'], safe='')}" if database["PASSWORD"] else "")
    port = f":{database['PORT']}" if database["PORT"] else ""
    return f"postgresql://{who}@{quote(database['HOST'], safe='')}{port}/{database['NAME']}"


@pytest.fixture
def start(tmp_path: Path, service_certs: Path) -> Iterator[Any]:
    started: list[Process] = []

    def start(*words: str, certs: Path = service_certs) -> Process:
        started.append(Process(tmp_path, certs, *words))
        return started[-1]

    yield start
    for process in started:
        process.kill()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def waits_for_a_lock() -> bool:
    with connections["inventory"].cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone() == (1,))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_finishes_the_call_under_way_and_ends_well(start: Any, service_certs: Path, number: signal.Signals) -> None:
    lamp, port = create_product(name="Lamp", price=2550, stock=10), free_port()
    server = start("inventory", "--port", str(port))
    server.says(f"gRPC: inventory on 127.0.0.1:{port}")
    request: ReserveStock = reserving(lamp)
    with (
        calling(channel_of("orders", service_certs, port)) as shop,
        ThreadPoolExecutor(1) as pool,
    ):
        with transaction.atomic(using="inventory"):
            Product.objects.select_for_update().get(id=lamp)
            answer = pool.submit(shop.reserve_stock, request)
            until(waits_for_a_lock, "the call should be under way")
            server.process.send_signal(number)
            until(lambda: not listens(port), "it should take no more calls")
        assert answer.result(PATIENCE).reservation_id == request.reservation_id
    assert server.ended() == 0
    assert server.text.splitlines()[-1] == "gRPC: stopped"
    assert stock_of(lamp) == 9


def test_a_port_in_use_is_one_clear_line(start: Any) -> None:
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as taken:
        port = taken.getsockname()[1]
        server = start("inventory", "--port", str(port))
        assert server.ended() == 1
    assert server.text == f"CommandError: cannot listen on 127.0.0.1:{port}: is the port in use?\n"


def test_strangers_who_shake_hands_wrongly_leave_no_line(start: Any) -> None:
    port = free_port()
    server = start("inventory", "--port", str(port))
    server.says("gRPC: inventory")
    with socket.create_connection(("127.0.0.1", port), timeout=10) as stranger:
        stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")
        while stranger.recv(1024):
            pass
    server.process.terminate()
    assert server.ended() == 0
    assert server.text.splitlines() == [f"gRPC: inventory on 127.0.0.1:{port}", "gRPC: stopped"]


def test_a_context_that_is_elsewhere_is_one_clear_line(start: Any) -> None:
    server = start("inventory", "users", "--port", "0")
    assert server.ended() == 1
    assert server.text == "CommandError: SHOPFLOW_PEERS says that users is elsewhere\n"


@pytest.mark.parametrize("file", ["inventory.crt", "inventory.key", "ca.crt"])
def test_a_missing_certificate_is_one_line_with_the_file_and_the_command(
    start: Any, tmp_path: Path, service_certs: Path, file: str
) -> None:
    certs = tmp_path / "certs"
    certs.mkdir()
    for path in service_certs.iterdir():
        if path.name != file:
            (certs / path.name).write_bytes(path.read_bytes())
    server = start("inventory", "--port", "0", certs=certs)
    assert server.ended() == 1
    assert server.text == (
        f"ImproperlyConfigured: {certs / file} cannot be read (No such file or directory); "
        "`manage.py dev_certs` makes development certificates\n"
    )
