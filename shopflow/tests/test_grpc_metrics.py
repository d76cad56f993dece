"""The metrics of a gRPC process and of the relay, on a port of their own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest
from django.db import connections

from contracts.inventory import GetProducts
from inventory.services import create_product
from shopflow.tests.grpc_inventory import SERVICE, calling, channel_of
from shopflow.tests.test_grpc_process import url_of
from tests.e2e.shop import PATIENCE, ROOT, free_port, until

CONTEXTS = ("users", "inventory", "orders", "payments")
pytestmark = [pytest.mark.e2e, pytest.mark.django_db(databases=CONTEXTS, transaction=True)]
OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


@contextmanager
def process(state: Path, certs: Path, *words: str, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    """With the databases of the tests; what it says goes to `log`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "SHOPFLOW_"))}
    databases = {f"{context.upper()}_DATABASE_URL": url_of(connections[context].settings_dict) for context in CONTEXTS}
    ours = {"SHOPFLOW_STATE": str(state), "SHOPFLOW_CERTS": str(certs), **databases, **settings}
    with (state / "log").open("wb") as log:
        started = subprocess.Popen(  # noqa: S603
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env={**inherited, **ours},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield started
    finally:
        started.kill()
        started.wait(PATIENCE)


def metrics(port: int) -> str:
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        text: str = answer.read().decode()
        return text


def says(state: Path, text: str) -> None:
    until(lambda: text in (state / "log").read_text(), repr(text))


def test_a_grpc_process_counts_its_calls_and_leaves_no_connection(tmp_path: Path, service_certs: Path) -> None:
    lamp, port, shown = create_product(name="Lamp", price=2550, stock=10), free_port(), free_port()
    away = ",".join(f"{name}=grpc://127.0.0.1:1" for name in CONTEXTS if name != "inventory")
    settings = {"SHOPFLOW_PEERS": f"inventory=local,{away}", "SHOPFLOW_METRICS_PORT": str(shown)}
    words = ("serve_grpc", "inventory", "--port", str(port))
    with process(tmp_path, service_certs, *words, SHOPFLOW_CONN_MAX_AGE="0", **settings):
        says(tmp_path, "gRPC: inventory")
        with calling(channel_of("orders", service_certs, port)) as shop:
            shop.get_products(GetProducts(product_ids=(lamp,)))
        text = metrics(shown)
        with connections["inventory"].cursor() as cursor:
            until(lambda: cursor.execute(OTHERS).fetchone() == (0,), "no connection should be left")
    counted = f'shopflow_contract_call_seconds_count{{cause="relay",method="{SERVICE}/get_products",outcome="ok"}} 1.0'
    assert counted in text.splitlines()
    assert 'shopflow_certificate_seconds_left{name="inventory"} ' in text
    assert 'shopflow_database_up{context="inventory"} 1.0' in text.splitlines()


def test_the_relay_tells_what_waits(tmp_path: Path, service_certs: Path) -> None:
    shown = free_port()
    with process(tmp_path, service_certs, "relay", SHOPFLOW_METRICS_PORT=str(shown)):
        says(tmp_path, "relay: running")
        lines = metrics(shown).splitlines()
    assert [f'shopflow_outbox_waiting{{context="{context}"}} 0.0' in lines for context in CONTEXTS] == [True] * 4


@pytest.mark.parametrize("words", [("relay",), ("serve_grpc", "inventory", "--port", "0")], ids=lambda words: words[0])
def test_a_port_of_metrics_in_use_is_one_clear_line(
    tmp_path: Path, service_certs: Path, words: tuple[str, ...]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        service = {"SHOPFLOW_SERVICE": "inventory", "SHOPFLOW_METRICS_PORT": str(port)}
        with process(tmp_path, service_certs, *words, **service) as started:
            assert started.wait(PATIENCE) == 1
    told = f"CommandError: cannot show metrics on 127.0.0.1:{port} (SHOPFLOW_METRICS_PORT): Address already in use\n"
    assert (tmp_path / "log").read_text() == told
