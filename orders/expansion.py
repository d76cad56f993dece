"""What an order can bring along from other contexts, fetched in parallel."""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

from django.db import close_old_connections

from contracts.errors import Failed, NotFound
from contracts.inventory import GetProducts
from contracts.ports import ports
from contracts.users import GetUser
from orders.selectors import OrderDetails

EXPANSIONS = ("user", "products")
_pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="expansion")


def expand(order: OrderDetails, wanted: Collection[str]) -> tuple[dict[str, Any], list[str]]:
    """Each wanted expansion by name, and a warning for each that could not be had, which is None."""
    fetches: dict[str, Callable[[OrderDetails], Any]] = {"user": _user, "products": _products}
    futures = {name: _submit(fetches[name], order) for name in EXPANSIONS if name in wanted}
    found: dict[str, Any] = {}
    warnings: list[str] = []
    for name, future in futures.items():
        try:
            found[name] = future.result()
        except (Failed, NotFound) as error:
            found[name] = None
            warnings.append(f"{name}: {error.message}")
    return found, warnings


def _submit(fetch: Callable[[OrderDetails], Any], order: OrderDetails) -> Future[Any]:
    """In a thread of the pool, with the caller and the deadline of this one."""
    return _pool.submit(copy_context().run, _with_connections_closed, fetch, order)


def _with_connections_closed(fetch: Callable[[OrderDetails], Any], order: OrderDetails) -> Any:
    close_old_connections()
    try:
        return fetch(order)
    finally:
        close_old_connections()


def _user(order: OrderDetails) -> Any:
    return ports().users.get_user(GetUser(user_id=order.user_id))


def _products(order: OrderDetails) -> Any:
    product_ids = tuple(line.product_id for line in order.lines)
    return ports().inventory.get_products(GetProducts(product_ids=product_ids)).products
