"""Use cases of the catalogue: creating, changing and archiving products. What moves stock is in `stock.py`."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final, NotRequired, TypedDict, Unpack

from django.db import IntegrityError, connections, transaction
from django.db.models.functions import Now
from psycopg.errors import UniqueViolation

from contracts.events import ProductArchived, ProductCreated, ProductUpdated
from contracts.inventory import ProductNotFound
from contracts.messaging import publish
from inventory.errors import ProductChanged, SkuTaken
from inventory.models import MovementKind, Product
from inventory.stock import adjust_stock

ALIAS: Final = "inventory"
SKU_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""None that is easily taken for another."""


class Changes(TypedDict, total=False):
    """What can be changed of a product; `price` in minor units."""

    sku: str
    name: str
    description: str
    category: str
    price: int
    currency: str


class NewProduct(TypedDict):
    """What a product starts with."""

    name: str
    price: int
    stock: int
    sku: NotRequired[str]
    description: NotRequired[str]
    category: NotRequired[str]
    currency: NotRequired[str]


def create_product(
    *,
    name: str,
    price: int,
    stock: int = 0,
    sku: str | None = None,
    description: str = "",
    category: str = "",
    currency: str = "EUR",
    actor_id: int | None = None,
) -> int:
    """Put a product on sale with its opening stock; returns its id. `price` in minor units. Raises SkuTaken."""
    sku = sku or new_sku(name)
    with transaction.atomic(using=ALIAS), _sku_taken(sku):
        product = Product.objects.create(
            sku=sku, name=name, description=description, category=category, price=price, currency=currency
        )
        publish(ProductCreated(product_id=product.pk), context=ALIAS)
        if stock:
            adjust_stock(product_id=product.pk, delta=stock, kind=MovementKind.OPENING, actor_id=actor_id)
    return product.pk


def update_product(
    *, product_id: int, unless_changed_since: datetime | None = None, **changes: Unpack[Changes]
) -> None:
    """Change what is given, or nothing where it is not as it was at `unless_changed_since`, its `updated_at` then.

    Raises ProductNotFound, ProductChanged and SkuTaken.
    """
    with transaction.atomic(using=ALIAS), _sku_taken(changes.get("sku", "")):
        _change(product_id, unless_changed_since=unless_changed_since, **changes)
        publish(ProductUpdated(product_id=product_id), context=ALIAS)


def archive_product(*, product_id: int) -> None:
    """Take a product off sale for good; what was ordered of it stays ordered. Raises ProductNotFound."""
    with transaction.atomic(using=ALIAS):
        _change(product_id, active=False, archived_at=Now())
        publish(ProductArchived(product_id=product_id), context=ALIAS)


def seed_catalogue(*, products: Sequence[NewProduct]) -> int:
    """Fill an empty catalogue, with all of them or none; returns how many, which is 0 where it is not empty."""
    with transaction.atomic(using=ALIAS), connections[ALIAS].cursor() as cursor:
        cursor.execute(
            "LOCK TABLE inventory_product IN SHARE ROW EXCLUSIVE MODE"
        )  # a second start waits, then sees them
        if Product.objects.exists():
            return 0
        for product in products:
            create_product(**product)
    return len(products)


def new_sku(name: str) -> str:
    """Short and readable: HEAD-7KQ3MX9P. Each prefix has 600 billion of them, and the constraint decides."""
    prefix = re.sub(r"[^A-Z0-9]", "", name.upper())[:4] or "ITEM"
    return f"{prefix}-{''.join(secrets.choice(SKU_LETTERS) for _ in range(8))}"


def _change(product_id: int, *, unless_changed_since: datetime | None = None, **values: object) -> None:
    product = Product.objects.filter(id=product_id, active=True)
    as_it_was = product if unless_changed_since is None else product.filter(updated_at=unless_changed_since)
    if not as_it_was.update(**values, updated_at=Now()):
        raise ProductChanged(product_id=product_id) if product.exists() else ProductNotFound(product_id=product_id)


@contextmanager
def _sku_taken(sku: str) -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        violation = error.__cause__
        if not isinstance(violation, UniqueViolation) or violation.diag.constraint_name != "sku_is_unique":
            raise
        raise SkuTaken(sku=sku) from error
