"""What the contract suites run over: another transport is one more entry in the table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

from django.test import override_settings

from contracts.ports import Ports, ports, using
from shopflow import wiring
from tests.contracts.grpc_services import over_grpc


@contextmanager
def wired(*, local_transport: str) -> Iterator[Ports]:
    """The real implementations, wired as they are at start-up."""
    with override_settings(LOCAL_TRANSPORT=local_transport, PEERS=""), using(ports()):
        wiring.wire()
        yield ports()


TRANSPORTS: Mapping[str, Callable[[], AbstractContextManager[Ports]]] = {
    "local-fast": lambda: wired(local_transport="fast"),
    "local-strict": lambda: wired(local_transport="strict"),
    "grpc": over_grpc,
}
