"""The columns that a file can have, and how the text in their cells is read: by the rules of the API."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from contracts.money import CURRENCIES, MAX_PRICE, MINOR_UNITS
from inventory.import_models import ImportKind
from inventory.models import MOST_MOVED, SKU_RULE, ProductStatus

PRICE: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?\Z")
WHOLE: Final = re.compile(r"[0-9]{1,18}\Z")
CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
URL: Final = URLValidator(schemes=["https"])
ABSENT: Final = object()
"""An empty cell that leaves the field as it is."""


class Wrong(Exception):
    """The message says what is expected."""


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    read: Callable[[str], Any]
    needed: bool = False
    """Without it, the file says nothing."""


def _text(label: str, longest: int) -> Callable[[str], str]:
    def read(cell: str) -> str:
        if CONTROL.search(cell):
            raise Wrong(f"The {label} has an invisible control character in it. Type it again.")
        if len(cell) > longest:
            raise Wrong(f"The {label} has {len(cell)} characters; {longest} are the most.")
        return cell

    return read


def _name(cell: str) -> str:
    if not cell:
        raise Wrong("The name is missing. To leave names as they are, delete the whole column.")
    return _text("name", 200)(cell)


def _sku(cell: str) -> str:
    if not cell:
        raise Wrong("The SKU is missing: it says which product the line is about.")
    try:
        SKU_RULE(cell)
    except ValidationError:
        raise Wrong(f"“{cell[:80]}” is no SKU: letters, digits and . _ / - only.") from None
    return _text("SKU", 64)(cell)


def _price(cell: str) -> int:
    """In minor units."""
    if not PRICE.match(cell):
        shown = f"“{cell[:40]}” is no price. " if cell else "The price is missing. "
        raise Wrong(f"{shown}Write it with a point, two decimals at most, and nothing else: 1234.50.")
    if (price := Decimal(cell)) > MAX_PRICE:
        raise Wrong(f"The price is {cell}; {MAX_PRICE} is the most.")
    return int(price * MINOR_UNITS)


def _currency(cell: str) -> Any:
    if not cell:
        return ABSENT
    if cell.upper() not in CURRENCIES:
        raise Wrong(f"“{cell[:40]}” is no currency of this shop: {', '.join(sorted(CURRENCIES))}.")
    return cell.upper()


def _status(cell: str) -> Any:
    if not cell:
        return ABSENT
    if cell.lower() not in ProductStatus.values:
        raise Wrong(f"“{cell[:40]}” is no status: draft, active or archived.")
    return cell.lower()


def _image_url(cell: str) -> str:
    if not cell:
        return cell
    try:
        URL(cell)
    except ValidationError:
        raise Wrong("This is no address of an image: it begins with https://.") from None
    return _text("address", 500)(cell)


def _whole(cell: str) -> int:
    if not WHOLE.match(cell):
        raise Wrong(f"“{cell[:40]}” is no whole number: digits only, as in 1200.")
    return int(cell)


def _low_stock_at(cell: str) -> int | None:
    if cell and _whole(cell) > MOST_MOVED:
        raise Wrong(f"{cell} is too much; {MOST_MOVED} is the most.")
    return _whole(cell) if cell else None


def _counted(cell: str) -> Any:
    return _whole(cell) if cell else ABSENT


COLUMNS: Final = {
    ImportKind.PRODUCTS: (
        Column("sku", _sku, needed=True),
        Column("name", _name),
        Column("description", _text("description", 5000)),
        Column("price", _price),
        Column("currency", _currency),
        Column("category", _text("category", 64)),
        Column("image_url", _image_url),
        Column("low_stock_at", _low_stock_at),
        Column("status", _status),
    ),
    ImportKind.STOCK: (Column("sku", _sku, needed=True), Column("counted", _counted, needed=True)),
}
FOR_PEOPLE: Final = {ImportKind.PRODUCTS: (), ImportKind.STOCK: ("name", "category")}
"""Columns that a list may have so that people find their way. They are not read."""
ELSEWHERE: Final = {
    ImportKind.PRODUCTS: {
        "stock": "A list of products does not change the stock. Delete this column, and upload a stock count instead.",
        "counted": "This looks like a stock count. Upload it as such.",
    },
    ImportKind.STOCK: {"stock": "Call the column “counted” if it says what was counted; else delete it."},
}
