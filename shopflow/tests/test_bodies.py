from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from users.models import User

MIB = 1024 * 1024

pytestmark = [pytest.mark.urls("shopflow.tests.probe_urls")]


def body(size: int) -> bytes:
    return json.dumps({"name": "a" * (size - len('{"name": ""}'))}).encode()


def test_a_body_of_one_mebibyte_is_taken_and_a_byte_more_refused(client: Client) -> None:
    assert client.post("/api/v1/echo", body(MIB), "application/json").status_code == 200
    refused = client.post("/api/v1/echo", body(MIB + 1), "application/json")
    assert refused.status_code == 413
    assert refused["Content-Type"] == "application/problem+json"
    assert refused.json()["code"] == "body_too_large"
    assert refused["X-Content-Type-Options"] == "nosniff"
    assert refused["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    ("length", "status"), [("9" * 5000, 413), ("-1", 400), ("1e3", 400), ("٣", 400), ("+5", 400), (" 5", 400)]
)
def test_a_length_that_is_none_is_refused(client: Client, length: str, status: int) -> None:
    assert client.post("/api/v1/echo", b"{}", "application/json", CONTENT_LENGTH=length).status_code == status


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The production server with the real app, on a port of its own; it needs no database to refuse a body."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "shopflow.wsgi:application"],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "shopflow.settings.test"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_for(port, until=monotonic() + 30)
        yield port
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=20)


def wait_for(port: int, *, until: float) -> None:
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            assert monotonic() < until, "the server did not start"
            sleep(0.05)
        else:
            return


def chunked(port: int, path: str, size: int) -> HTTPResponse:
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    chunks = iter([body(size)[start : start + 65536] for start in range(0, size, 65536)])
    headers = {"Content-Type": "application/json"}
    with suppress(BrokenPipeError, ConnectionResetError):  # the server may answer before it has read everything
        connection.request("POST", path, chunks, headers, encode_chunked=True)
    response = connection.getresponse()
    response.body = response.read()  # type: ignore[attr-defined]
    connection.close()
    return response


def answer(response: HTTPResponse) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(response.body)  # type: ignore[attr-defined]
    return read


@pytest.mark.e2e
def test_a_chunked_body_is_read_as_far_as_the_limit(server: int) -> None:
    accepted = chunked(server, "/api/v1/users/login", 1000)
    assert accepted.status == 422
    assert "name" in answer(accepted)["errors"]
    refused = chunked(server, "/api/v1/users/login", 3 * MIB)
    assert (refused.status, answer(refused)["code"]) == (413, "body_too_large")


@pytest.mark.e2e
def test_hostile_paths_are_unknown_paths(server: int) -> None:
    for path in ("/api/v1/products/%ff", "/%00", "/api/%2e%2e/x", "/%c3%28?%ff", "/" + "a" * 8000):
        connection = HTTPConnection("127.0.0.1", server, timeout=20)
        connection.request("GET", path)
        response = connection.getresponse()
        assert (response.status, json.loads(response.read())["code"]) == (404, "not_found")
        connection.close()


@pytest.mark.django_db(databases=list(settings.CONTEXTS), transaction=True)
def test_a_chunked_body_needs_a_server_that_puts_it_together(live_server: Any) -> None:
    refused = chunked(live_server.thread.port, "/api/v1/echo", 1000)
    assert (refused.status, answer(refused)["code"]) == (411, "length_required")


@pytest.mark.parametrize(("is_staff", "size", "status"), [(True, 20, 404), (True, 22, 413), (False, 2, 413)])
@pytest.mark.django_db(databases=["users"])
def test_staff_alone_may_send_a_file_of_20_mebibyte_and_that_to_the_back_office_alone(
    client: Client, is_staff: bool, size: int, status: int
) -> None:
    client.force_login(User.objects.create(username="ann", email="ann@shop.test", is_staff=is_staff, is_superuser=True))
    assert client.post("/admin/nowhere", bytes(size * MIB), "text/csv").status_code == status
    assert client.post("/api/v1/echo", bytes(size * MIB), "text/csv").status_code == 413


@pytest.mark.django_db(databases=["users"])
def test_a_file_that_is_too_large_is_read_to_its_end_so_that_the_browser_reads_why(client: Client) -> None:
    client.force_login(User.objects.create(username="ann", email="ann@shop.test", is_staff=True))
    refused = client.post("/admin/nowhere", bytes(22 * MIB), "text/csv")
    assert refused.status_code == 413
    assert len(refused.wsgi_request.META["wsgi.input"]) == 0
