"""The one place where a context finds the others. `shopflow/wiring.py` fills it at start-up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from contracts.inventory import InventoryService
from contracts.orders import OrdersService
from contracts.payments import PaymentsService
from contracts.users import UsersService


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    users: UsersService
    inventory: InventoryService
    orders: OrdersService
    payments: PaymentsService


_installed: Ports | None = None


def install(ports: Ports) -> None:
    global _installed  # noqa: PLW0603 - set once, at start-up
    _installed = ports


def ports() -> Ports:
    if _installed is None:
        raise RuntimeError("no ports: shopflow.wiring has not run")
    return _installed


@contextmanager
def using(other: Ports) -> Iterator[None]:
    """For tests: other ports, in every thread, until the block ends."""
    global _installed  # noqa: PLW0603
    before, _installed = _installed, other
    try:
        yield
    finally:
        _installed = before
