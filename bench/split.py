"""The third side: the same shop as split services behind Envoy, in production's settings."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.options import THREADS, WORKERS
from bench.postgres import ROOT, Cluster
from bench.servers import (
    CONTEXTS,
    HOST,
    PATIENCE,
    SHOPFLOW,
    Environment,
    Server,
    free_port,
    granian_options,
    manage,
    shopflow_environment,
    stop,
    wait_until_ready,
)
from shopflow.certificates import ensure_certificates
from shopflow.gateway.places import ADMIN_PORT, GRPC_PORTS, HTTP_PORTS
from shopflow.local_run.port import is_free
from shopflow.local_run.split.redis_server import redis_program, redis_url
from shopflow.parent import dying_with_us


@dataclass(frozen=True, slots=True)
class Ports:
    """The usual ones of the split, moved to where all are free."""

    gateway: int
    offset: int

    @property
    def http(self) -> dict[str, int]:
        return {context: port + self.offset for context, port in HTTP_PORTS.items()}

    @property
    def grpc(self) -> dict[str, int]:
        return {context: port + self.offset for context, port in GRPC_PORTS.items()}

    @property
    def are_free(self) -> bool:
        return all(is_free(HOST, port) for port in (*self.http.values(), *self.grpc.values(), ADMIN_PORT + self.offset))


def free_ports() -> Ports:
    gateway = free_port()
    return next(ports for offset in range(1000, 15_000, 100) if (ports := Ports(gateway, offset)).are_free)


@contextmanager
def serving(cluster: Cluster) -> Iterator[Server]:
    """Every process of the split; orders has as many workers and threads over HTTP as the whole shop in one process."""
    ports, certs = free_ports(), cluster.state / "certs"
    ensure_certificates(certs)
    with ExitStack() as running:
        started = []

        def start(name: str, command: list[str], environment: Environment) -> subprocess.Popen[bytes]:
            process = _start(name, command, environment, cluster.state)
            running.callback(stop, process)
            started.append(process)
            return process

        redis = redis_program(cluster.state / "redis")
        start("redis", [*redis.command], redis.environment)
        for context in CONTEXTS:
            environment = _environment(cluster, ports, context)
            command = ["manage.py", "serve_grpc", context, "--port", str(ports.grpc[context])]
            _wait_for_port(ports.grpc[context], start(f"{context}-grpc", [sys.executable, *command], environment))
        for context in CONTEXTS:
            workers = WORKERS if context == "orders" else 1
            options = granian_options(ports.http[context], workers, THREADS)
            command = [sys.executable, "-m", "granian", *options, SHOPFLOW]
            process = start(context, command, _environment(cluster, ports, context))
            wait_until_ready(ports.http[context], process)
        for context in CONTEXTS:
            start(f"{context}-worker", [sys.executable, "manage.py", "worker"], _environment(cluster, ports, context))
        start("beat", [sys.executable, "manage.py", "beat"], _environment(cluster, ports, "orders"))
        gateway = start("gateway", [ENVOY, "-c", str(_configured(cluster, ports)), *ENVOY_OPTIONS], os.environ)
        wait_until_ready(ports.gateway, gateway)
        yield Server(tuple(started), ports.gateway)


ENVOY = str(Path(sys.executable).with_name("envoy"))
ENVOY_OPTIONS = ["--disable-hot-restart", "--concurrency", str(WORKERS), "--log-level", "error"]


def _environment(cluster: Cluster, ports: Ports, context: str) -> Environment:
    """Production's, with this context's database alone."""
    everything = shopflow_environment(cluster)
    others = [f"{other.upper()}_DATABASE_URL" for other in CONTEXTS if other != context]
    own = {name: value for name, value in everything.items() if name not in others}
    peers = [f"{peer}=" + ("local" if peer == context else f"grpc://{HOST}:{ports.grpc[peer]}") for peer in CONTEXTS]
    own |= {
        "SHOPFLOW_PEERS": ",".join(peers),
        "SHOPFLOW_SERVE": context,
        "SHOPFLOW_CERTS": str(cluster.state / "certs"),
        "SHOPFLOW_RELAY_THREAD": "0",
        "SHOPFLOW_SINK": "celery",
        "REDIS_URL": redis_url(cluster.state / "redis"),
        "SHOPFLOW_PROXIES": "1",
        "SHOPFLOW_HTTP_PLAINTEXT": "1",
    }
    if context != "users":
        del own["SHOPFLOW_JWT_PRIVATE_KEY"]
        own["SHOPFLOW_JWKS_URL"] = f"http://{HOST}:{ports.http['users']}/.well-known/jwks.json"
    return own


def _configured(cluster: Cluster, ports: Ports) -> Path:
    """Without limits to a client's rate: there is only one."""
    environment = shopflow_environment(
        cluster,
        PORT=str(ports.gateway),
        SHOPFLOW_PORT_OFFSET=str(ports.offset),
        SHOPFLOW_CERTS=str(cluster.state / "certs"),
        SHOPFLOW_GATEWAY_RATE="0",
        SHOPFLOW_GATEWAY_CLIENT_RATE="0",
    )
    path = cluster.state / "envoy.yaml"
    path.write_text(manage(environment, "gateway_config"))
    return path


def _start(name: str, command: list[str], environment: Environment, state: Path) -> subprocess.Popen[bytes]:
    with (state / f"split-{name}.log").open("wb") as output:
        return subprocess.Popen(
            dying_with_us(signal.SIGTERM, command),
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("a gRPC server did not become ready")
        time.sleep(0.02)
