"""Envoy drops whatever is under way when it is told to end. So it is first told to take no more, and waited for."""

from __future__ import annotations

import http.client
import time
from contextlib import suppress

from shopflow.http.server import GRACE
from shopflow.local_run.port import HOST

PAUSE = 0.05
PATIENCE = 2.0
ACTIVE = "downstream_rq_active"
OWN = "http.admin."
"""Our own question about the requests that are under way is one of them."""


def drain(admin_port: int) -> None:
    """Returns when no request is under way any more, or it is of no use to wait."""
    deadline = time.monotonic() + GRACE
    with suppress(OSError, http.client.HTTPException, ValueError):
        _ask(admin_port, "POST", "/healthcheck/fail")  # from now on an answer is the last one on its connection
        _ask(admin_port, "POST", "/drain_listeners")
        while _active(admin_port) and time.monotonic() < deadline:
            time.sleep(PAUSE)


def _active(admin_port: int) -> int:
    lines = _ask(admin_port, "GET", f"/stats?filter={ACTIVE}").splitlines()
    counts = (line.rpartition(": ") for line in lines if line.startswith("http.") and not line.startswith(OWN))
    return sum(int(count) for _, _, count in counts)


def _ask(admin_port: int, method: str, path: str) -> str:
    connection = http.client.HTTPConnection(HOST, admin_port, timeout=PATIENCE)
    try:
        connection.request(method, path)
        return connection.getresponse().read().decode()
    finally:
        connection.close()
