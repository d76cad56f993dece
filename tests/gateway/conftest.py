from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from time import time
from typing import Any

import pytest

from shopflow.certificates.directory import ensure_certificates
from shopflow.gateway.refusals import HARDENED
from shopflow.gateway.rendering import Policy
from tests.api.client import Answer
from tests.gateway.gateway import Gateway
from tests.gateway.stubs import no_trouble

StartGateway = Callable[..., Gateway]


@pytest.fixture(scope="session")
def certs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("gateway") / "certs"
    ensure_certificates(directory)
    return directory


@pytest.fixture
def start(tmp_path: Path, certs: Path) -> Iterator[StartGateway]:
    """A gateway of this test alone, with a policy of its own."""
    started: list[Gateway] = []

    def make(
        *,
        grpc_ports: dict[str, int] | None = None,
        without: Collection[str] = (),
        script: Path | None = None,
        **policy: Any,
    ) -> Gateway:
        gateway = Gateway(tmp_path, certs, Policy(**policy), grpc_ports=grpc_ports, without=without, script=script)
        started.append(gateway)
        return started[-1]

    yield make
    for gateway in started:
        gateway.stop()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, certs: Path) -> Iterator[Gateway]:
    gateway = Gateway(tmp_path_factory.mktemp("envoy"), certs, Policy())
    yield gateway
    gateway.stop()


@pytest.fixture
def gateway(running: Gateway) -> Gateway:
    """The module's, with every service up and as good as new."""
    for stub in running.stubs.values():
        stub.asked.clear()
        stub.trouble = no_trouble
    return running


@pytest.fixture
def token(gateway: Gateway) -> Callable[..., str]:
    """A good one, but for the claims that are given."""
    return lambda **changes: gateway.signer.token(claims(**changes))


def claims(**changes: Any) -> dict[str, Any]:
    return {"iss": "shopflow", "aud": "shopflow", "exp": int(time()) + 60, "user_id": 7, "is_staff": False, **changes}


def assert_refused(answer: Answer, status: int, code: str, *, title: str, detail: str) -> None:
    """Exactly as the API itself would say it."""
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    assert json.loads(answer.content) == {
        "type": f"urn:shopflow:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": answer.headers["x-request-id"],
    }
    assert answer.body["request_id"]
    assert_hardened(answer)


def assert_page(answer: Answer, status: int, title: str) -> None:
    """For a person."""
    assert (answer.status, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    page = answer.content.decode()
    assert f"<h1>{title}</h1>" in page
    assert f"{status} · request {answer.headers['x-request-id']}<" in page
    assert_hardened(answer)


def assert_hardened(answer: Answer) -> None:
    assert "server" not in answer.headers
    assert {name: answer.headers.get(name.lower()) for name in HARDENED} == HARDENED
