"""Products and stock as files that can be changed and imported again. They are written while they are sent: however
many products there are, a few thousand are in memory.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.db.models import QuerySet

from contracts.money import MINOR_UNITS
from inventory.import_models import ImportKind
from inventory.imports.sheet import Value, sheet
from inventory.models import Product

AT_ONCE: Final = 2000
BOM: Final = "\ufeff"
"""Without it, Excel takes UTF-8 for something else."""
LOOKS_LIKE_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "'")


@dataclass(frozen=True, slots=True)
class Layout:
    columns: tuple[str, ...]
    row: Callable[[Product], tuple[Value, ...]]


def _product(product: Product) -> tuple[Value, ...]:
    return (
        product.sku,
        product.name,
        product.description,
        (Decimal(product.price) / MINOR_UNITS).quantize(Decimal("0.01")),
        product.currency,
        product.category,
        product.image_url,
        product.low_stock_at,
        product.status.value,
    )


def _stock(product: Product) -> tuple[Value, ...]:
    return (product.sku, product.name, product.category, product.stock)


LAYOUTS: Final = {
    ImportKind.PRODUCTS: Layout(
        ("sku", "name", "description", "price", "currency", "category", "image_url", "low_stock_at", "status"), _product
    ),
    ImportKind.STOCK: Layout(("sku", "name", "category", "counted"), _stock),
}


def as_csv(kind: ImportKind, products: QuerySet[Product]) -> Iterator[bytes]:
    yield BOM.encode()
    for rows in _batches(kind, products):
        text = io.StringIO(newline="")
        csv.writer(text).writerows([_harmless(value) for value in row] for row in rows)
        yield text.getvalue().encode()


def as_xlsx(kind: ImportKind, products: QuerySet[Product]) -> Iterator[bytes]:
    """Its texts are marked as such: a spreadsheet calculates none of them."""
    return sheet(_batches(kind, products))


FORMATS: Final = {
    "csv": (as_csv, "text/csv; charset=utf-8"),
    "xlsx": (as_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


def _batches(kind: ImportKind, products: QuerySet[Product]) -> Iterator[Sequence[tuple[Value, ...]]]:
    """By key, in queries of their own: no transaction or cursor lasts as long as the slowest connection."""
    layout = LAYOUTS[kind]
    yield [layout.columns]
    after = 0
    while found := list(products.filter(id__gt=after).order_by("id")[:AT_ONCE]):
        yield [layout.row(product) for product in found]
        after = found[-1].pk


def _harmless(value: Value) -> Value:
    """What a spreadsheet would take for a formula gets an apostrophe before it; an import takes that away again."""
    if isinstance(value, str) and value.startswith(LOOKS_LIKE_A_FORMULA):
        return f"'{value}"
    return value
