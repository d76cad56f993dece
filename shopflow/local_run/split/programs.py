"""The shop's own processes, and what each is told: no more than it needs."""

from __future__ import annotations

import functools
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from shopflow.gateway.places import BACK_OFFICE
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
        "SHOPFLOW_METRICS_PORT",
        "SHOPFLOW_PEERS",
        "SHOPFLOW_PROXIES",
        "SHOPFLOW_RELAY_THREAD",
        "SHOPFLOW_SERVE",
        "SHOPFLOW_SERVICE",
        "SHOPFLOW_SINK",
    }
)
"""Variables that a process has from here or not at all, whatever the environment says."""
OWN = {
    "users": ("SHOPFLOW_JWT_PRIVATE_KEY", "SHOPFLOW_JWT_RETIRED_KEYS", "SHOPFLOW_EMAIL_URL"),
    "payments": (
        "SHOPFLOW_PAYMENT_PROVIDER",
        "SHOPFLOW_SIMULATED_WEBHOOK_SECRET",
        "SHOPFLOW_STRIPE_KEY",
        "SHOPFLOW_STRIPE_WEBHOOK_SECRET",
        "SHOPFLOW_STRIPE_URL",
    ),
}
"""Variables that are a context's business alone: secrets, and what cannot be used without them."""
BROKERS = ("REDIS_URL", "SHOPFLOW_BROKER_URL")
OFFLINE = "shopflow.settings.offline"
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

    def back_office(self) -> Program:
        """Every context is here, for people: each use case in this process, on the context's own database.

        The events that they cause wait in the outboxes for the workers; so it is told of no broker and of no peer.
        """
        port = self.ports.http[BACK_OFFICE]
        told = {
            **{variable(context): url for context, url in self.databases.items()},
            **{name: value for name, value in self._common().items() if name not in (*BROKERS, "SHOPFLOW_SINK")},
            **self._own(*OWN["payments"]),  # a refund calls the provider from here
            "SHOPFLOW_JWKS_URL": self._keys,
            "SHOPFLOW_PROXIES": "1",
            "SHOPFLOW_SERVE": BACK_OFFICE,
        }
        return Program(
            name=BACK_OFFICE,
            command=_manage("serve_http", BACK_OFFICE, "--port", str(port)),
            environment=told,
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

    def worker(self, context: str) -> Program:
        """It publishes the context's events, handles those of others, and does its jobs, which call its peers."""
        return Program(
            name=f"{context}-worker",
            command=_manage("worker", context),
            environment=self._of(context),
            says="worker: running",
        )

    def beat(self) -> Program:
        """It says when a job is due, and to nobody but the broker."""
        environment = {**self._common(), "DJANGO_SETTINGS_MODULE": OFFLINE}
        return Program(name="beat", command=_manage("beat"), environment=environment, says="beat: running")

    def gateway(self, command: tuple[str, ...]) -> Program:
        return Program(
            name="gateway",
            command=command,
            environment={name: value for name, value in self._common().items() if name not in BROKERS},
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
        told |= self._own(*OWN.get(context, ()))
        if context != "users":
            told["SHOPFLOW_JWKS_URL"] = self._keys
        return {**self._common(), **told}

    @property
    def _keys(self) -> str:
        return f"http://{HOST}:{self.ports.http['users']}/.well-known/jwks.json"

    def _own(self, *names: str) -> dict[str, str]:
        return {name: self.inherited[name] for name in names if name in self.inherited}

    def _common(self) -> dict[str, str]:
        not_for_all = {*TOLD_HERE, *map(variable, self.databases), *chain.from_iterable(OWN.values())}
        inherited = {name: value for name, value in self.inherited.items() if name not in not_for_all}
        ours = {
            "PYTHONUNBUFFERED": "1",
            "REDIS_URL": self.redis_url,
            "SHOPFLOW_RELAY_THREAD": "0",
            "SHOPFLOW_SINK": "celery",
        }
        return {"SHOPFLOW_PUBLIC_URL": f"http://{HOST}:{self.ports.gateway}", **inherited, **ours}


def _manage(*words: str) -> tuple[str, ...]:
    return sys.executable, "manage.py", *words
