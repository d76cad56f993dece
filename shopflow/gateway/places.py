"""Where the gateway listens and where it finds the services: all that differs between the modes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath

LOOPBACK = "127.0.0.1"
ANYWHERE = "0.0.0.0"  # noqa: S104 - a container's own network
ADMIN_PORT = 9901
BACK_OFFICE = "backoffice"
HTTP_PORTS = {"users": 8001, "orders": 8002, "inventory": 8003, "payments": 8004, BACK_OFFICE: 8005}
GRPC_PORTS = {"users": 50051, "inventory": 50052, "orders": 50053, "payments": 50054}
CLIENT_RATE = 500
CLIENT_LOGIN_RATE = 20


@dataclass(frozen=True, slots=True)
class Address:
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    listen: Address
    http: Mapping[str, Address]
    """By service, a context's or the back office; each name may stand for several instances."""
    grpc: Mapping[str, Address]
    """By context."""
    certs: PurePath
    """Of `ca.crt`, `gateway.crt` and `gateway.key`, as Envoy sees it."""
    admin: Address = field(default_factory=lambda: Address(LOOPBACK, ADMIN_PORT))
    metrics: bool = False
    """Whether /metrics has a route: where nobody but this machine can ask."""
    client_rate: int = CLIENT_RATE
    """Requests per second of one address, where the operator has not decided; 0: no limit."""
    client_login_rate: int = CLIENT_LOGIN_RATE
    """The same, of logins; and of registrations."""


def local(
    *,
    port: int,
    certs: PurePath,
    http_ports: Mapping[str, int] = HTTP_PORTS,
    grpc_ports: Mapping[str, int] = GRPC_PORTS,
    admin_port: int = ADMIN_PORT,
) -> Place:
    """Everything on this machine, and for this machine only."""
    return Place(
        listen=Address(LOOPBACK, port),
        admin=Address(LOOPBACK, admin_port),
        http={service: Address(LOOPBACK, number) for service, number in http_ports.items()},
        grpc={context: Address(LOOPBACK, number) for context, number in grpc_ports.items()},
        certs=certs,
        metrics=True,
        client_rate=0,  # everybody has the same address here
        client_login_rate=0,
    )


def compose() -> Place:
    """The services of docker-compose.yml, by their names there."""
    return _named("{service}", "{service}-grpc")


def kubernetes(*, namespace: str = "shopflow") -> Place:
    """The Services of the cluster, by their full names: short ones would cost a look-up per search domain."""
    return _named(f"{{service}}.{namespace}.svc.cluster.local", f"{{service}}-grpc.{namespace}.svc.cluster.local")


def _named(http: str, grpc: str) -> Place:
    return Place(
        listen=Address(ANYWHERE, 8000),
        http={service: Address(http.format(service=service), port) for service, port in HTTP_PORTS.items()},
        grpc={service: Address(grpc.format(service=service), port) for service, port in GRPC_PORTS.items()},
        certs=PurePath("/certs"),
    )
