"""Asked of a process that runs: can it be used? An empty answer: yes."""

from __future__ import annotations

import http.client
from pathlib import Path

import redis

from shopflow.local_run.port import HOST
from shopflow.probe import grpc_answers

PATIENCE = 5.0


def http_problem(port: int, path: str = "/health/ready") -> str:
    connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        if response.status == http.HTTPStatus.OK:
            return ""
        return f"{path} answers {response.status} {response.read(200).decode(errors='replace').strip()}"
    except (OSError, http.client.HTTPException) as error:
        return f"{path}: {error}"
    finally:
        connection.close()


def gateway_problem(port: int, admin_port: int) -> str:
    """It serves, every service behind it is well and reaches its peers, and the back office has its page."""
    paths = (*(f"/health/{service}" for service in ("user", "order", "inventory")), "/admin/login/")
    return http_problem(admin_port, "/ready") or next(filter(None, (http_problem(port, path) for path in paths)), "")


def grpc_problem(port: int, context: str, certs: Path) -> str:
    return "" if grpc_answers(port, context, certs) else "its health service does not say that it serves"


def redis_problem(url: str) -> str:
    try:
        with redis.Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE) as client:
            client.ping()
    except (redis.RedisError, ValueError, OSError) as error:
        return str(error)
    return ""
