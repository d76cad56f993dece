"""Which port is whose."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from shopflow.gateway.places import ADMIN_PORT, GRPC_PORTS, HTTP_PORTS
from shopflow.local_run.errors import CannotStart
from shopflow.local_run.port import HOST, is_free, require_free

PAUSE = 0.05
LARGEST_OFFSET = 15_000


@dataclass(frozen=True, slots=True)
class Ports:
    gateway: int
    admin: int
    http: Mapping[str, int]
    grpc: Mapping[str, int]

    @classmethod
    def moved(cls, gateway: int, offset: int) -> Ports:
        """All but the gateway's, by `offset`."""
        ports = cls(
            gateway=gateway,
            admin=ADMIN_PORT + offset,
            http={context: port + offset for context, port in HTTP_PORTS.items()},
            grpc={context: port + offset for context, port in GRPC_PORTS.items()},
        )
        if gateway in (ports.admin, *ports.http.values(), *ports.grpc.values()):
            raise CannotStart(f"port {gateway} is another process's of the split; choose another: PORT=8000")
        return ports

    def require_free(self, *, patience: float = 0) -> None:
        """CannotStart for the first that is not; its owner may take `patience` seconds to go."""
        deadline = time.monotonic() + patience
        for port, owner, remedy in self._owned():
            while not is_free(HOST, port) and time.monotonic() < deadline:
                time.sleep(PAUSE)
            require_free(port, owner=owner, remedy=remedy)

    def _owned(self) -> Iterator[tuple[int, str, str]]:
        offset = self.admin - ADMIN_PORT
        remedy = f"move all of the split's: SHOPFLOW_PORT_OFFSET={(offset + 1000) % LARGEST_OFFSET}"
        yield self.gateway, "", ""
        for context, port in self.http.items():
            yield port, context, remedy
        for context, port in self.grpc.items():
            yield port, f"{context}-grpc", remedy
        yield self.admin, "the gateway's admin page", remedy
