"""What a record of the file would change of its product as it is now: just the fields that differ, old and new."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from inventory.import_models import ImportKind
from inventory.imports.problems import Problem
from inventory.imports.reading import Record
from inventory.models import MOST_MOVED, ProductStatus

NEW_PRODUCT: Final[dict[str, Any]] = {
    "description": "",
    "currency": "EUR",
    "category": "",
    "image_url": "",
    "low_stock_at": None,
    "status": ProductStatus.DRAFT.value,
}
"""A product that nobody has looked at yet is not shown, unless the file says so."""


@dataclass(frozen=True, slots=True)
class Current:
    """A product: `fields` as they are stored, `stock` apart."""

    id: int
    stock: int
    fields: dict[str, Any]
    seen: int | None
    taken_back: bool = False
    """Archived by the undoing of an import, not by a person: the file, once mended, brings it again."""

    @property
    def archived(self) -> bool:
        return bool(self.fields["status"] == ProductStatus.ARCHIVED)


@dataclass(frozen=True, slots=True)
class Difference:
    line: int
    sku: str
    product_id: int | None
    before: dict[str, Any] | None
    after: dict[str, Any]
    seen: int | None = None


def difference(kind: ImportKind, record: Record, product: Current | None) -> Difference | Problem | None:
    """None where the file says what is so already."""
    if kind is ImportKind.STOCK:
        return _counted(record, product)
    return _changed(record, product) if product else _created(record)


def _changed(record: Record, product: Current) -> Difference | Problem | None:
    values = {"status": ProductStatus.DRAFT.value, **record.values} if product.taken_back else record.values
    after = {name: value for name, value in values.items() if not _same(product.fields[name], value)}
    if not after:
        return None
    if product.archived and not (product.taken_back and "status" in after):
        return Problem(
            record.line, next(iter(after)), f"{record.sku} is archived, and stays as it is. Delete the line."
        )
    if (product.fields["status"], after.get("status")) == (ProductStatus.ACTIVE, ProductStatus.DRAFT):
        return Problem(record.line, "status", f"{record.sku} is on sale: it can be archived, but not be a draft again.")
    before = {name: product.fields[name] for name in after}
    return Difference(record.line, record.sku, product.id, before, after)


def _created(record: Record) -> Difference | Problem:
    missing = [name for name in ("name", "price") if name not in record.values]
    if missing:
        return Problem(
            record.line,
            "sku",
            f"No product has the SKU {record.sku}. Correct it;"
            f" or, to create a product, add the column{'s' * (len(missing) - 1)} {' and '.join(missing)}.",
        )
    if record.values.get("status") == ProductStatus.ARCHIVED:
        return Problem(record.line, "status", "A new product cannot be archived: make it a draft or active.")
    return Difference(record.line, record.sku, None, None, {**NEW_PRODUCT, **record.values})


def _counted(record: Record, product: Current | None) -> Difference | Problem | None:
    if product is None:
        return Problem(
            record.line, "sku", f"No product has the SKU {record.sku}. Correct it, or import the product first."
        )
    counted = record.values.get("counted", product.stock)
    if counted == product.stock:
        return None
    if product.archived:
        return Problem(record.line, "counted", f"{record.sku} is archived, and its stock stays as it is.")
    if abs(delta := counted - product.stock) > MOST_MOVED:
        much = f"{abs(delta)} {'more' if delta > 0 else 'fewer'} at once; {MOST_MOVED} are the most."
        return Problem(record.line, "counted", f"{record.sku}: {much}")
    before, after = {"stock": product.stock}, {"stock": counted}
    return Difference(record.line, record.sku, product.id, before, after, seen=product.seen)


def _same(old: Any, new: Any) -> bool:
    """Cells are read without blanks around them, and spreadsheets write line breaks as they like: no change."""
    return old == new or (isinstance(old, str) and isinstance(new, str) and _plain(old) == _plain(new))


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()
