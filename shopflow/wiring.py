"""Decides, once at start-up, how each context reaches the others."""

from __future__ import annotations

import threading
from typing import TypeVar

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import InterfaceError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from contracts import events, ports
from contracts.base import Contract, Method
from contracts.errors import TransactionOpen
from contracts.inventory import InventoryService
from contracts.orders import OrdersService
from contracts.payments import PaymentsService
from contracts.transport.hooks import Hooks, configured_tracer
from contracts.transport.local import local_client
from contracts.users import UsersService
from inventory import handlers as inventory_handlers
from inventory.expiry import expire_reservations
from inventory.local import Inventory
from orders import handlers as orders_handlers
from orders.local import Orders
from payments import handlers as payments_handlers
from payments.local import Payments
from shopflow.messaging.inbox import InlineSink
from shopflow.messaging.publisher import OutboxPublisher
from shopflow.messaging.runner import Job, Runner
from shopflow.observability.metrics import observe_call
from users import handlers as users_handlers
from users.local import Users

C = TypeVar("C", bound=Contract)

HANDLERS = {
    "users": users_handlers.HANDLERS,
    "inventory": inventory_handlers.HANDLERS,
    "orders": orders_handlers.HANDLERS,
    "payments": payments_handlers.HANDLERS,
}


def wire() -> None:
    """Install the ports and the publisher; a peer that is unknown or missing stops the start."""
    peers = parse_peers(settings.PEERS)
    remote = sorted(context for context, address in peers.items() if address != "local")
    if remote:
        raise ImproperlyConfigured(f"SHOPFLOW_PEERS: this release runs {', '.join(remote)} in this process only")
    ports.install(
        ports.Ports(
            users=_local(UsersService, Users()),
            inventory=_local(InventoryService, Inventory()),
            orders=_local(OrdersService, Orders()),
            payments=_local(PaymentsService, Payments()),
        )
    )
    events.install(OutboxPublisher())


def parse_peers(text: str) -> dict[str, str]:
    """`inventory=local,payments=grpc://host:port,…` as a mapping; nothing at all means that every context is local."""
    if not text:
        return dict.fromkeys(settings.CONTEXTS, "local")
    peers: dict[str, str] = {}
    for entry in text.split(","):
        context, equals, address = entry.strip().partition("=")
        if context not in settings.CONTEXTS:
            raise ImproperlyConfigured(f"SHOPFLOW_PEERS names an unknown context: {context!r}")
        if not equals or not (address == "local" or address.startswith("grpc://")):
            raise ImproperlyConfigured(f"SHOPFLOW_PEERS: {context} must be local or grpc://host:port, not {address!r}")
        peers[context] = address
    if missing := [context for context in settings.CONTEXTS if context not in peers]:
        raise ImproperlyConfigured(f"SHOPFLOW_PEERS does not say where to find {', '.join(missing)}")
    return peers


def runner() -> Runner:
    return Runner(InlineSink(HANDLERS), [Job(expire_reservations, seconds=15.0)])


def _local(contract: type[C], implementation: C) -> C:
    return local_client(
        contract,
        implementation,
        strict=settings.LOCAL_TRANSPORT == "strict",
        hooks=Hooks(
            guard=refuse_open_transaction,
            unavailable=(OperationalError, InterfaceError),
            observer=observe_call,
            tracer=configured_tracer(),
        ),
    )


_of_thread = threading.local()


def refuse_open_transaction(method: Method) -> None:
    """A call to another context may not count on a transaction that would vanish on the day of the split."""
    for connection in _connections_of_thread():
        if connection.in_atomic_block and not _opened_by_testcase(connection):
            raise TransactionOpen(f"{method.full_name} was called inside atomic(using={connection.alias!r})")


def _connections_of_thread() -> tuple[BaseDatabaseWrapper, ...]:
    """Looked up once per thread: Django's own look-up costs more than the rest of a local call."""
    found: tuple[BaseDatabaseWrapper, ...] | None = getattr(_of_thread, "connections", None)
    if found is None:
        found = _of_thread.connections = tuple(connections[context] for context in settings.CONTEXTS)
    return found


def _opened_by_testcase(connection: BaseDatabaseWrapper) -> bool:
    return all(getattr(block, "_from_testcase", False) for block in connection.atomic_blocks)
