"""Reading the catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, Final, NamedTuple

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

from contracts.inventory import MAX_LINES, ProductNotFound, TooManyProducts
from inventory import staff_search_sql
from inventory.catalogue_sql import COLUMNS, Filter, statement
from inventory.models import Product
from inventory.staff_search_sql import StaffFilter

ALIAS: Final = "inventory"


class Listed(NamedTuple):
    """A product of a list as plain values, and the key by which the list goes on after it."""

    product: dict[str, Any]
    key: tuple[Any, ...]


def list_products(*, wanted: Filter, sort: str, after: tuple[Any, ...] | None = None, limit: int) -> list[Listed]:
    """What the shop shows, in the order of `sort`, from the one after the key `after`."""
    text, parameters = statement(wanted=wanted, sort=sort, after=after, limit=limit)
    connection = connections[ALIAS]
    planned = _planned_for_its_values(connection) if wanted.depends_on_values else nullcontext()
    with planned, connection.cursor() as cursor:
        cursor.execute(text, parameters)
        rows = cursor.fetchall()
    width = len(COLUMNS)
    return [Listed(dict(zip(COLUMNS, row[:width], strict=True)), row[width:]) for row in rows]


def get_product(*, product_id: int) -> dict[str, Any]:
    """One product that the shop shows, as plain values. Raises ProductNotFound."""
    product: dict[str, Any] | None = Product.objects.filter(id=product_id, active=True).values(*COLUMNS).first()
    if product is None:
        raise ProductNotFound(product_id=product_id)
    return product


def find_for_staff(*, words: str, wanted: StaffFilter, limit: int) -> list[int]:
    """Ids of products whatever their status, best first."""
    text, parameters = staff_search_sql.statement(words=words, wanted=wanted, limit=limit)
    connection = connections[ALIAS]
    with _planned_for_its_values(connection), connection.cursor() as cursor:
        cursor.execute(text, parameters)
        return [id for (id,) in cursor.fetchall()]


def categories(*, limit: int) -> list[str]:
    """The first that any product is in, by name."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(staff_search_sql.CATEGORIES, {"limit": limit})
        return [category for (category,) in cursor.fetchall()]


def products_by_id(ids: Sequence[int]) -> list[Product]:
    """Those that exist, archived ones too, in order of id. Raises TooManyProducts."""
    return list(_with_ids(ids))


def products_on_sale(ids: Sequence[int]) -> list[Product]:
    """Those that the shop shows, in order of id. Raises TooManyProducts."""
    return list(_with_ids(ids).filter(active=True))


def _with_ids(ids: Sequence[int]) -> QuerySet[Product]:
    if len(ids) > MAX_LINES:
        raise TooManyProducts(limit=MAX_LINES)
    return Product.objects.filter(id__in=ids).order_by("id")


@contextmanager
def _planned_for_its_values(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Keep psycopg from preparing: a prepared statement may settle on a plan for rare words, then meet common ones."""
    connection.ensure_connection()
    usual = connection.connection.prepare_threshold
    connection.connection.prepare_threshold = None
    try:
        yield
    finally:
        connection.connection.prepare_threshold = usual
