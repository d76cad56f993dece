"""A month of a shop, for its screenshots: bought, delivered and corrected through the services, then put back in time.

It runs in a process of the shop's own: `manage.py shell -c "from tests.browser import month; month.live()"`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple
from uuid import UUID

from django.core.management import call_command
from django.db import connections, transaction

from contracts.inventory import StockLine
from inventory import services as catalogue, stock
from inventory.models import MovementKind, Product, StockMovement
from orders import services as orders
from orders.models import Order
from tests.e2e.shop import until
from users import services as accounts
from users.models import User

CUSTOMERS: Final = ("noor.haddad", "elias.berg", "mila.novak", "tomas.silva", "ines.moreau", "jonas.weber")
PER_DAY: Final = (2, 1, 3, 2, 4, 2, 5, 1, 3, 4, 2, 3, 6, 4, 3, 5, 2, 4, 7, 3, 4, 5, 3, 6, 4, 8, 5, 4, 7, 3)
"""Orders of each day, the last of which is today."""
SOLD: Final = ("BOO-1003", "HOM-1005", "KIT-1020", "OFF-1012", "OUT-1016", "SPO-1006", "TOY-1014", "AUD-1019")
"""Of products that no other test of the browser touches."""
FIRST: Final = "AUD-1019"
"""The product whose pages are shown."""
DELIVERY, ADJUSTMENT = MovementKind.DELIVERY, MovementKind.ADJUSTMENT


class Change(NamedTuple):
    delta: int
    kind: MovementKind
    reason: str = ""
    note: str = ""
    reference: str = ""


CHANGES: Final = {
    26: Change(40, DELIVERY, reference="LS-2008"),
    19: Change(-2, ADJUSTMENT, reason="damaged", note="Wet in the storeroom"),
    12: Change(30, DELIVERY, note="Two boxes", reference="LS-2031"),
    5: Change(1, ADJUSTMENT, reason="found", note="Behind the shelf"),
    1: Change(24, DELIVERY, reference="LS-2047"),
}
"""To the first product, so many days ago."""
DAY: Final = 24 * 60
APART: Final = 41
"""Minutes between two things of a day."""

Shift = tuple[int, int | str | UUID]
"""By how many minutes, and what."""


def live() -> None:
    ids = dict(Product.objects.filter(sku__in=SOLD).values_list("sku", "id"))
    customers = [_customer(name) for name in CUSTOMERS]
    moved: list[Shift] = []
    placed: list[tuple[int, Order]] = []
    for age, count in zip(reversed(range(len(PER_DAY))), PER_DAY, strict=True):
        if age in CHANGES:
            moved.append((age * DAY + (count + 1) * APART, _change(ids[FIRST], CHANGES[age])))
        for left in reversed(range(count)):
            number = len(placed)
            order = _buy(customers[number % len(customers)], [ids[sku] for sku in _basket(number)])
            placed.append((age * DAY + left * APART, order))
    _fulfil(placed)
    until(lambda: not _untold(), "every event is delivered")
    _put_back(moved, placed)
    _thresholds()
    call_command("rebuild_sales", verbosity=0)


def _customer(name: str) -> int:
    return accounts.register(username=name, email=f"{name}@example.com", password="a customer's own").pk


def _change(product_id: int, change: Change) -> int:
    """Returns the movement's id."""
    actor_id = User.objects.get(username="stock-at-window").pk
    stock.adjust_stock(product_id=product_id, actor_id=actor_id, **change._asdict())
    return StockMovement.objects.filter(product_id=product_id).latest("id").pk


def _basket(number: int) -> list[str]:
    """A third of them the first product, so that its ledger has something to show."""
    other = SOLD[(number * number + number // 4) % len(SOLD)]
    return [FIRST] if number % 3 == 0 else sorted({other, SOLD[number % 5]})


def _buy(user_id: int, product_ids: Iterable[int]) -> Order:
    lines = [StockLine(product_id=product_id, quantity=1 + (product_id + user_id) % 2) for product_id in product_ids]
    order = orders.place_order(user_id=user_id, lines=lines, payment_method="pm_ok")
    if order.id % 19 == 7:
        orders.cancel_order(order_id=order.id, user_id=user_id)
    return Order.objects.get(pk=order.id)


def _fulfil(placed: list[tuple[int, Order]]) -> None:
    clerk = User.objects.get(username="orders-at-window").pk
    for minutes, order in placed:
        if order.status == "cancelled" or minutes < 2 * DAY:
            continue
        orders.ship_order(order_id=order.pk, tracking=f"PX{order.pk:07d}", actor_id=clerk)
        if minutes > 5 * DAY:
            orders.deliver_order(order_id=order.pk, actor_id=clerk)


def _untold() -> bool:
    found = []
    for alias in ("users", "inventory", "orders", "payments"):
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT FROM messaging_outboxevent WHERE delivered_at IS NULL)")
            found.append(cursor.fetchone()[0])
    return any(found)


def _put_back(moved: list[Shift], placed: list[tuple[int, Order]]) -> None:
    ids: list[Shift] = [(minutes, order.pk) for minutes, order in placed]
    reservations: list[Shift] = [(minutes, order.reservation_id) for minutes, order in placed]
    references: list[Shift] = [(minutes, str(order.reservation_id)) for minutes, order in placed]
    with transaction.atomic(using="orders"), transaction.atomic(using="inventory"):
        connections["inventory"].cursor().execute(
            "SET LOCAL session_replication_role = replica"
        )  # past the ledger's guard
        _earlier("inventory", "inventory_stockmovement", ("created_at",), "kind", [(31 * DAY, "opening")])
        _earlier("inventory", "inventory_product", ("created_at",), "sku", [(31 * DAY, sku) for sku in SOLD])
        _earlier("inventory", "inventory_stockmovement", ("created_at",), "id", moved)
        _earlier("inventory", "inventory_stockmovement", ("created_at",), "reference", references)
        _earlier("inventory", "inventory_reservation", ("created_at", "updated_at"), "id", reservations)
        _earlier("orders", "orders_order", ("created_at", "updated_at"), "id", ids)
        _earlier("orders", "orders_orderevent", ("created_at",), "order_id", ids)
    with transaction.atomic(using="payments"):
        _earlier("payments", "payments_paymentintent", ("created_at",), "order_id", ids)


def _earlier(alias: str, table: str, columns: Iterable[str], key: str, shifts: list[Shift]) -> None:
    sets = ", ".join(f"{column} = {column} - make_interval(mins => %s)" for column in columns)
    with connections[alias].cursor() as cursor:
        for minutes, value in shifts:
            cursor.execute(
                f"UPDATE {table} SET {sets} WHERE {key} = %s",  # noqa: S608 - names of ours
                [*(minutes for _ in columns), value],
            )


def _thresholds() -> None:
    for number, product in enumerate(Product.objects.filter(sku__in=SOLD).order_by("sku")):
        low = product.stock + 10 if number % 2 else max(product.stock - 10, 0)
        catalogue.update_product(product_id=product.pk, low_stock_at=low)
