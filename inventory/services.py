"""Use cases of the catalogue: creating, changing, publishing and archiving products. What moves stock is in `stock.py`.

With `drafts` a use case also takes what is not on sale yet, as the back office does and the API does not.
"""

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
from inventory.errors import NotADraft, ProductChanged, SkuTaken
from inventory.models import MovementKind, Product
from inventory.stock import adjust_stock

ALIAS: Final = "inventory"
SKU_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""None that is easily taken for another."""
MAX_NAME: Final = 200
COPY: Final = " (copy)"


class Changes(TypedDict, total=False):
    """What can be changed of a product; `price` in minor units."""

    sku: str
    name: str
    description: str
    category: str
    price: int
    currency: str
    image_url: str
    low_stock_at: int | None


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
    image_url: str = "",
    low_stock_at: int | None = None,
    draft: bool = False,
    actor_id: int | None = None,
) -> int:
    """Put a product on sale, or have it as a draft, with its opening stock; returns its id. `price` in minor units.

    Raises SkuTaken.
    """
    product = Product(
        sku=sku or new_sku(name),
        name=name,
        description=description,
        category=category,
        price=price,
        currency=currency,
        image_url=image_url,
        low_stock_at=low_stock_at,
        active=not draft,
    )
    with transaction.atomic(using=ALIAS), _sku_taken(product.sku):
        product.save(using=ALIAS)
        publish(ProductCreated(product_id=product.pk), context=ALIAS)
        if stock:
            opening = MovementKind.OPENING
            adjust_stock(product_id=product.pk, delta=stock, kind=opening, actor_id=actor_id, drafts=draft)
    return product.pk


def duplicate_product(*, product_id: int) -> int:
    """A draft with all that a product says but its SKU, and without stock; returns its id. Raises ProductNotFound."""
    taken = ("name", "description", "category", "price", "currency", "image_url", "low_stock_at")
    original = Product.objects.filter(id=product_id).values(*taken).first()
    if original is None:
        raise ProductNotFound(product_id=product_id)
    name = f"{original.pop('name')[: MAX_NAME - len(COPY)]}{COPY}"
    return create_product(**original, name=name, draft=True)


def update_product(
    *,
    product_id: int,
    unless_changed_since: datetime | None = None,
    drafts: bool = False,
    **changes: Unpack[Changes],
) -> None:
    """Change what is given, or nothing where it is not as it was at `unless_changed_since`, its `updated_at` then.

    Raises ProductNotFound, ProductChanged and SkuTaken.
    """
    with transaction.atomic(using=ALIAS), _sku_taken(changes.get("sku", "")):
        _change(product_id, unless_changed_since=unless_changed_since, drafts=drafts, **changes)
        publish(ProductUpdated(product_id=product_id), context=ALIAS)


def publish_product(*, product_id: int) -> None:
    """Put a draft on sale. Raises ProductNotFound and NotADraft."""
    with transaction.atomic(using=ALIAS):
        draft = Product.objects.filter(id=product_id, active=False, archived_at=None)
        if not draft.update(active=True, updated_at=Now()):
            known = Product.objects.filter(id=product_id).exists()
            raise NotADraft(product_id=product_id) if known else ProductNotFound(product_id=product_id)
        publish(ProductUpdated(product_id=product_id), context=ALIAS)


def archive_product(*, product_id: int, drafts: bool = False) -> None:
    """Take a product off sale for good; what was ordered of it stays ordered. Raises ProductNotFound."""
    with transaction.atomic(using=ALIAS):
        _change(product_id, drafts=drafts, active=False, archived_at=Now())
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


def _change(
    product_id: int, *, unless_changed_since: datetime | None = None, drafts: bool = False, **values: object
) -> None:
    product = Product.objects.filter(id=product_id, archived_at=None, active__in=[True, False] if drafts else [True])
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
