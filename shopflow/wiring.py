"""Decides, once at start-up, how each context reaches the others."""

from __future__ import annotations

import threading
from functools import partial
from typing import Any, TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from contracts import messaging, ports
from contracts.base import Contract, Method
from contracts.errors import TransactionOpen
from contracts.inventory import InventoryService
from contracts.orders import OrdersService
from contracts.payments import PaymentsService
from contracts.transport.grpc_client import grpc_client
from contracts.transport.hooks import Hooks, configured_tracer
from contracts.transport.local import local_client
from contracts.users import UsersService
from inventory import handlers as inventory_handlers
from inventory.local import Inventory
from orders import handlers as orders_handlers
from orders.local import Orders
from payments import handlers as payments_handlers
from payments.local import Payments
from shopflow.grpc.channels import peer_of
from shopflow.jobs import JOBS
from shopflow.messaging.inbox import InlineSink
from shopflow.messaging.publisher import OutboxPublisher
from shopflow.messaging.relay import relay_once
from shopflow.messaging.runner import Runner
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


CONTRACTS: dict[str, tuple[type[Contract], type[Contract]]] = {
    "users": (UsersService, Users),
    "inventory": (InventoryService, Inventory),
    "orders": (OrdersService, Orders),
    "payments": (PaymentsService, Payments),
}
"""What each context promises, and what keeps the promise where the context is hosted."""


def wire() -> None:
    """Install the ports and the publisher."""
    ports.install(
        ports.Ports(
            users=_client("users", UsersService),
            inventory=_client("inventory", InventoryService),
            orders=_client("orders", OrdersService),
            payments=_client("payments", PaymentsService),
        )
    )
    messaging.install(OutboxPublisher())


def runner() -> Runner:
    """For a process that has every context, and so needs no broker."""
    sink = InlineSink(HANDLERS)
    return Runner(partial(relay_once, sink=sink), [job for context in settings.HOSTED for job in JOBS[context]])


def _client(context: str, contract: type[C]) -> C:
    if context not in settings.HOSTED:
        return grpc_client(contract, peer_of(context), hooks=hooks())
    implementation: Any = CONTRACTS[context][1]()
    client: C = local_client(contract, implementation, strict=settings.LOCAL_TRANSPORT == "strict", hooks=hooks())
    return client


def hooks() -> Hooks:
    return Hooks(
        guard=refuse_open_transaction,
        unavailable=(OperationalError, InterfaceError),
        observer=observe_call,
        tracer=configured_tracer(),
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
        found = _of_thread.connections = tuple(connections[context] for context in settings.HOSTED)
    return found


def _opened_by_testcase(connection: BaseDatabaseWrapper) -> bool:
    return all(getattr(block, "_from_testcase", False) for block in connection.atomic_blocks)
