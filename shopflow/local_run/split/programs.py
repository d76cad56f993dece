"""The shop's own processes, and what each is told: no more than it needs."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from shopflow.local_run.port import HOST
from shopflow.local_run.split.database_urls import variable
from shopflow.local_run.split.draining import drain
from shopflow.local_run.split.ports import Ports
from shopflow.local_run.split.probes import gateway_problem, grpc_problem, http_problem
from shopflow.local_run.split.program import Program

TOLD_HERE = frozenset(
    {
        "PORT",
        "REDIS_URL",
        "SHOPFLOW_ADMIN_EMAIL",
        "SHOPFLOW_ADMIN_PASSWORD",
        "SHOPFLOW_GRPC_PLAINTEXT",
        "SHOPFLOW_JWKS_URL",
        "SHOPFLOW_JWT_PRIVATE_KEY",
        "SHOPFLOW_JWT_RETIRED_KEYS",
        "SHOPFLOW_METRICS_PORT",
        "SHOPFLOW_PEERS",
        "SHOPFLOW_PROXIES",
        "SHOPFLOW_RELAY_THREAD",
        "SHOPFLOW_SERVE",
        "SHOPFLOW_SERVICE",
    }
)
"""Variables that a process has from here or not at all, whatever the environment says."""
SERVED = {"users": ("users", "docs")}
"""What a context's HTTP process serves, where that is more than its own part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    ports: Ports
    certs: Path
    redis_url: str
    databases: Mapping[str, str]
    """By context: the URL of its database."""
    inherited: Mapping[str, str]
    """The environment that the supervisor was started in."""

    def http(self, context: str) -> Program:
        parts, port = SERVED.get(context, (context,)), self.ports.http[context]
        return Program(
            name=context,
            command=_manage("serve_http", *parts, "--port", str(port)),
            environment={**self._of(context), "SHOPFLOW_SERVE": ",".join(parts)},
            says="HTTP: ",
            problem=functools.partial(http_problem, port),
        )

    def grpc(self, context: str) -> Program:
        port = self.ports.grpc[context]
        return Program(
            name=f"{context}-grpc",
            command=_manage("serve_grpc", context, "--port", str(port)),
            environment=self._of(context),
            says="gRPC: ",
            problem=functools.partial(grpc_problem, port, context, self.certs),
        )

    def relay(self) -> Program:
        """It hands events to the handlers of every context, so it alone has every database: each in its own role."""
        environment = {**self._common(), **{variable(context): url for context, url in self.databases.items()}}
        return Program(name="relay", command=_manage("relay"), environment=environment, says="relay: running")

    def gateway(self, command: tuple[str, ...]) -> Program:
        return Program(
            name="gateway",
            command=command,
            environment=self._common(),
            problem=functools.partial(gateway_problem, self.ports.gateway, self.ports.admin),
            finish=functools.partial(drain, self.ports.admin),
        )

    def _of(self, context: str) -> dict[str, str]:
        """One context is here, with its own database alone; the others are peers."""
        peers = {peer: f"grpc://{HOST}:{port}" for peer, port in self.ports.grpc.items()} | {context: "local"}
        told = {
            variable(context): self.databases[context],
            "SHOPFLOW_PEERS": ",".join(f"{peer}={place}" for peer, place in peers.items()),
            "SHOPFLOW_SERVICE": context,
            "SHOPFLOW_CERTS": str(self.certs),
            "SHOPFLOW_PROXIES": "1",
        }
        if context == "users":
            told |= dict(self._signing_keys())
        else:
            told["SHOPFLOW_JWKS_URL"] = f"http://{HOST}:{self.ports.http['users']}/.well-known/jwks.json"
        return {**self._common(), **told}

    def _common(self) -> dict[str, str]:
        databases = {variable(context) for context in self.databases}
        inherited = {name: value for name, value in self.inherited.items() if name not in TOLD_HERE | databases}
        ours = {"PYTHONUNBUFFERED": "1", "REDIS_URL": self.redis_url, "SHOPFLOW_RELAY_THREAD": "0"}
        return {**inherited, **ours}

    def _signing_keys(self) -> Iterator[tuple[str, str]]:
        for name in ("SHOPFLOW_JWT_PRIVATE_KEY", "SHOPFLOW_JWT_RETIRED_KEYS"):
            if name in self.inherited:
                yield name, self.inherited[name]


def _manage(*words: str) -> tuple[str, ...]:
    return sys.executable, "manage.py", *words
