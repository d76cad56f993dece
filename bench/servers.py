"""The two applications, each on granian with the same options, and what they read from the environment."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench import cpu
from bench.options import THREADS, WORKERS
from bench.postgres import ROOT, Cluster
from bench.tokens import signer
from shopflow.parent import dying_with_us

HOST = "127.0.0.1"
CONTEXTS = ("users", "inventory", "orders", "payments")
DATABASES = (*(f"shopflow_{context}" for context in CONTEXTS), "baseline")
SHOPFLOW = "shopflow.wsgi:application"
BASELINE = "bench.baseline.wsgi:application"
PATIENCE = 60.0

Environment = Mapping[str, str]


@dataclass(frozen=True)
class Server:
    """The production server with an application in it, or the servers that are one application together; ready."""

    processes: tuple[subprocess.Popen[bytes], ...]
    port: int

    def cpu_seconds(self) -> float:
        return sum(cpu.tree_seconds(process.pid) for process in self.processes)

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """Not even its relay looks for work while the other side is measured."""
        frozen = [process for root in self.processes for process in cpu.tree(root.pid)]
        for process in frozen:
            process.suspend()
        try:
            yield
        finally:
            for process in frozen:
                process.resume()


def shopflow_environment(cluster: Cluster, *, prefix: str = "shopflow", **changes: str) -> Environment:
    """Production's settings: JSON logs, the fast local transport, persistent connections, the relay in each worker."""
    static = cluster.state / "static"
    static.mkdir(exist_ok=True)
    return {
        **_inherited(),
        **{f"{context.upper()}_DATABASE_URL": cluster.url(f"{prefix}_{context}") for context in CONTEXTS},
        "DJANGO_SETTINGS_MODULE": "shopflow.settings.production",
        "SHOPFLOW_STATE": str(cluster.state),
        "SHOPFLOW_SECRET_KEY": "of this run only",
        "SHOPFLOW_ALLOWED_HOSTS": HOST,
        "SHOPFLOW_JWT_PRIVATE_KEY": signer().private_pem,
        "SHOPFLOW_STATIC_ROOT": str(static),
        "SHOPFLOW_INVOICE": "1",
        "SHOPFLOW_RELAY_THREAD": "1",
        **changes,
    }


def baseline_environment(cluster: Cluster, **changes: str) -> Environment:
    return {
        **_inherited(),
        "DJANGO_SETTINGS_MODULE": "bench.baseline.settings",
        "BASELINE_DATABASE_URL": cluster.url("baseline"),
        "BASELINE_JWT_PUBLIC_KEY": signer().public_pem,
        "SHOPFLOW_RELAY_THREAD": "1",
        **changes,
    }


def prepare(cluster: Cluster) -> None:
    """The tables of both sides."""
    manage(shopflow_environment(cluster), "migrate", "--verbosity", "0")
    django = [sys.executable, "-m", "django", "migrate", "--run-syncdb", "--verbosity", "0"]
    subprocess.run(django, check=True, cwd=ROOT, env=baseline_environment(cluster))


def manage(environment: Environment, *arguments: str, root: Path = ROOT) -> str:
    """What the command prints; a failure ends the run."""
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, check=False, cwd=root, env=environment, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise RuntimeError(f"manage.py {arguments[0]} failed:\n{done.stdout}")
    return done.stdout


@contextmanager
def serving(
    application: str,
    environment: Environment,
    cluster: Cluster,
    *,
    workers: int = WORKERS,
    threads: int = THREADS,
    root: Path = ROOT,
) -> Iterator[Server]:
    port = free_port()
    log = cluster.state / f"{application.partition('.')[0]}-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            dying_with_us(
                signal.SIGTERM,
                [sys.executable, "-m", "granian", *granian_options(port, workers, threads), application],
            ),
            cwd=root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for us; we stop it
        )
    try:
        wait_until_ready(port, process)
        yield Server((process,), port)
    finally:
        stop(process)


def granian_options(port: int, workers: int, threads: int) -> list[str]:
    return [
        *("--interface", "wsgi", "--host", HOST, "--port", str(port), "--no-ws", "--log-level", "error"),
        *("--workers", str(workers), "--blocking-threads", str(threads), "--backlog", "2048"),
        *("--blocking-threads-idle-timeout", "600"),
    ]


def wait_until_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_ready(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("a server did not become ready")
        time.sleep(0.02)


def is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def stop(process: subprocess.Popen[bytes]) -> None:
    """In order, and then by force whatever is left of it."""
    below = [] if process.poll() is not None else cpu.tree(process.pid)
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(15)
    for left in below:
        with suppress(psutil.NoSuchProcess):
            left.kill()
    process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _inherited() -> dict[str, str]:
    """Without what would change either side."""
    ours = ("SHOPFLOW_", "DJANGO_", "BASELINE_", "GRANIAN_", "PG")
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(ours) and not name.endswith("_DATABASE_URL")
    }
