from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connections

from shopflow.certificates import ensure_certificates
from tests.compat.client import Ask, first_client
from tests.compat.first_shopflow import generate_client
from tests.e2e.shop import ROOT, until

CONTEXTS = {"user": "users", "inventory": "inventory"}


@pytest.fixture(scope="session")
def certs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("certs")
    ensure_certificates(directory)
    return directory


@pytest.fixture(scope="module")
def ports(django_db_setup: None, certs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    """Where `manage.py serve_grpc` answers for each package of the first ShopFlow, on the databases of the tests."""
    logs = {package: tmp_path_factory.mktemp(package) / "log" for package in CONTEXTS}
    processes = {package: serve(context, certs, logs[package]) for package, context in CONTEXTS.items()}
    try:
        yield {package: port(processes[package], logs[package]) for package in CONTEXTS}
    finally:
        for process in processes.values():
            process.terminate()
        assert [process.wait(30) for process in processes.values()] == [0, 0]


@pytest.fixture(scope="module")
def ask(certs: Path, ports: dict[str, int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    stubs = tmp_path_factory.mktemp("stubs")
    generate_client(stubs)
    with first_client(stubs, certs, ports) as asking:
        yield asking


def serve(context: str, certs: Path, log: Path) -> subprocess.Popen[bytes]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "SHOPFLOW_"))}
    own = {
        "SHOPFLOW_STATE": str(settings.STATE_DIR),  # the keys of the tokens
        "SHOPFLOW_CERTS": str(certs),
        "SHOPFLOW_SERVICE": context,
        f"{context.upper()}_DATABASE_URL": database_url(context),
    }
    command = [sys.executable, "manage.py", "serve_grpc", context, "--port", "0"]
    with log.open("wb") as output:
        return subprocess.Popen(
            command, cwd=ROOT, env=inherited | own, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )


def port(process: subprocess.Popen[bytes], log: Path) -> int:
    def told() -> re.Match[str] | None:
        return re.search(r"^gRPC: .* on 127\.0\.0\.1:(\d+)$", log.read_text(), re.MULTILINE)

    until(lambda: told() or process.poll() is not None, "the port")
    found = told()
    assert found, log.read_text()
    return int(found[1])


def database_url(context: str) -> str:
    """Of the test run's own database, which pytest-django has renamed."""
    user, password, host, name = (
        quote(str(connections[context].settings_dict[part]), safe="") for part in ("USER", "PASSWORD", "HOST", "NAME")
    )
    return f"postgresql://{user}:{password}@{host}:{connections[context].settings_dict['PORT']}/{name}"
