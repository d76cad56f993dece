"""The gRPC server of one or more contexts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
from django.conf import settings
from grpc_health.v1 import health, health_pb2_grpc

from contracts.transport.grpc_server import Gate, contract_handler, service_handler
from shopflow.compat.services import SERVICES as COMPAT_SERVICES
from shopflow.grpc.channels import LARGEST_MESSAGE
from shopflow.grpc.credentials import server_credentials
from shopflow.grpc.database import for_one_call
from shopflow.grpc.health import Health
from shopflow.grpc.identity import identify
from shopflow.grpc.lanes import InLane, Lane
from shopflow.grpc.reflection import reflection_handler
from shopflow.grpc.share import Share
from shopflow.wiring import CONTRACTS, hooks

PORTS = {"users": 50051, "inventory": 50052, "orders": 50053, "payments": 50054}
WAITING = 8
"""Calls that may wait for each thread; more are turned away, and their callers know that they never ran."""
PUBLIC = "gateway"
"""Whose calls are those of anybody: they get half of the threads, and half of the places before them."""
REFLECTIONS = 2
"""Callers that may ask which services there are, at once."""
SPARE = 64
"""Calls beside those of the contracts: how the server is, and those on their way to be turned away."""
OPTIONS: tuple[tuple[str, int], ...] = (
    ("grpc.so_reuseport", 0),  # a port that is taken is an error, not a second server
    ("grpc.max_receive_message_length", LARGEST_MESSAGE),
    ("grpc.http2.min_ping_interval_without_data_ms", 5_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.max_connection_age_ms", 300_000),  # so that callers find instances that were added
    ("grpc.max_connection_age_grace_ms", 30_000),
)


class Server:
    """Answers for `contexts` until it is stopped.

    As many calls at once as there are threads; each thread keeps database connections of its own. Two more threads say
    how the server is, whatever the calls do.
    """

    def __init__(self, contexts: Iterable[str], *, address: str) -> None:
        self._contexts = tuple(contexts)
        self._compat = [service for service in COMPAT_SERVICES if service.context in self._contexts]
        native = {f"{CONTRACTS[name][0].package}.{CONTRACTS[name][0].__name__}": name for name in self._contexts}
        self.services = native | {service.name: service.context for service in self._compat}
        self._health = Health(self.services)
        threads = settings.GRPC_THREADS
        calls = Lane("calls", threads=threads, waiting=threads * WAITING)
        self._server = grpc.server(
            calls,
            handlers=list(self._handlers(calls)),
            interceptors=[Share(caller=PUBLIC, calls=max(1, threads // 2))],
            options=OPTIONS,
            maximum_concurrent_rpcs=calls.room + SPARE,
        )
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        self.port = self._bind(address)

    def start(self) -> None:
        self._server.start()

    def stop(self, *, grace: float) -> None:
        """Take no more calls and finish those under way, within `grace` seconds."""
        self._health.enter_graceful_shutdown()
        self._server.stop(grace).wait()

    def _handlers(self, calls: Lane) -> Iterator[grpc.GenericRpcHandler]:
        door = ThreadPoolExecutor(1, thread_name_prefix="grpc-door")
        for handler in self._contract_handlers():
            yield InLane(handler, calls, door=door, public=self._public_paths())
        streams = Lane("reflection", threads=REFLECTIONS, waiting=0)
        yield InLane(reflection_handler((*self.services, health.SERVICE_NAME), streams), streams, door=door)

    def _public_paths(self) -> frozenset[str]:
        methods = [method for context in self._contexts for method in CONTRACTS[context][0].methods.values()]
        return frozenset(f"/{each.contract}/{each.rpc_name}" for each in methods if PUBLIC in each.callers)

    def _contract_handlers(self) -> Iterator[grpc.GenericRpcHandler]:
        gate = Gate(identify=None if settings.GRPC_PLAINTEXT else identify, around=for_one_call)
        for context in self._contexts:
            contract, implementation = CONTRACTS[context]
            yield contract_handler(contract, implementation(), gate=gate, hooks=hooks())
        for service in self._compat:
            yield service_handler(service.name, service.answers(), gate=gate, hooks=hooks())

    def _bind(self, address: str) -> int:
        if settings.GRPC_PLAINTEXT:
            return self._server.add_insecure_port(address)
        return self._server.add_secure_port(address, server_credentials(settings.CERTS, settings.SERVICE))
