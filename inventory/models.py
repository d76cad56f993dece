"""Tables of the inventory: products, their stock with its ledger, and reservations."""

from __future__ import annotations

from typing import Any, Final

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now

from contracts.inventory import ReservationState
from contracts.money import CURRENCIES
from inventory import import_models  # noqa: F401 - where Django looks for models

SKU_RULE: Final = RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9._/-]*\Z", "Letters, digits and . _ / - only.")
MOST_MOVED: Final = 2**31 - 1
"""By one movement that a person enters: an opening stock or an adjustment."""


class ProductStatus(models.TextChoices):
    """A draft is not shown yet; what is archived is off sale for good."""

    DRAFT = "draft"
    ACTIVE = "active"
    ARCHIVED = "archived"


class Product(models.Model):
    """`stock` is what can still be sold. It changes only together with its ledger, by the statements in `stock_sql.py`.

    `is_low` is `stock <= low_stock_at`, kept by triggers (migration 0014) where there is a threshold: as a column it
    changes only when the threshold is crossed, so that other sales touch no index.

    A column `search` (migration 0003) holds the words of each product. Only `catalogue_sql.py` reads it, so it is no
    field: the ORM would fetch it with every row.
    """

    sku = models.CharField("SKU", max_length=64, validators=[SKU_RULE])
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True, default="")
    category = models.CharField(max_length=64, blank=True, default="")
    price = models.BigIntegerField(help_text="In minor units of the currency.")
    currency = models.CharField(max_length=3, default="EUR", choices=[(code, code) for code in sorted(CURRENCIES)])
    stock = models.BigIntegerField(default=0, editable=False)
    in_stock = models.GeneratedField(
        expression=Q(stock__gt=0),  # type: ignore[arg-type]  # the stubs forget that Q is an expression
        output_field=models.BooleanField(),
        db_persist=True,
    )
    image_url = models.URLField(max_length=500, blank=True, default="", db_default="")
    low_stock_at = models.BigIntegerField(
        null=True, blank=True, help_text="The stock at which more is to be ordered; empty: nobody is to be told."
    )
    is_low = models.BooleanField(default=False, db_default=False, editable=False)
    active = models.BooleanField(default=True)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        permissions = [
            ("adjust_stock", "Can adjust stock and receive deliveries"),
            ("import_products", "Can import products"),
            ("import_stock", "Can import counts of stock"),
        ]
        constraints = [
            models.UniqueConstraint(name="sku_is_unique", fields=["sku"]),
            models.CheckConstraint(name="stock_never_negative", condition=Q(stock__gte=0)),
            models.CheckConstraint(name="price_never_negative", condition=Q(price__gte=0)),
            models.CheckConstraint(name="currency_is_known", condition=Q(currency__in=sorted(CURRENCIES))),
            models.CheckConstraint(name="archived_is_not_on_sale", condition=Q(active=False) | Q(archived_at=None)),
            models.CheckConstraint(
                name="low_stock_at_never_negative", condition=Q(low_stock_at=None) | Q(low_stock_at__gte=0)
            ),
        ]
        # One index per order of the catalogue, for all products and within a category. None of them has `stock` in it,
        # which would make every sale write to all indexes; `in_stock` changes only when the last unit goes or comes.
        indexes = [
            models.Index("id", name="product_listed", condition=Q(active=True)),
            models.Index("price", "id", name="product_listed_by_price", condition=Q(active=True)),
            models.Index(Lower("name"), "id", name="product_listed_by_name", condition=Q(active=True)),
            models.Index("category", "id", name="product_category", condition=Q(active=True)),
            models.Index("category", "price", "id", name="product_category_by_price", condition=Q(active=True)),
            models.Index("category", Lower("name"), "id", name="product_category_by_name", condition=Q(active=True)),
            models.Index("id", name="product_sold_out", condition=Q(active=True, in_stock=False)),
            models.Index("id", name="product_low", condition=Q(active=True, is_low=True)),
            models.Index("id", name="product_draft", condition=Q(active=False, archived_at=None)),
            models.Index("id", name="product_archived", condition=Q(archived_at__isnull=False)),
            models.Index("category", "id", name="product_of_category"),
        ]

    def __str__(self) -> str:
        return f"{self.sku} {self.name}"

    def save(self, **options: Any) -> None:
        """Never writes a `stock` read earlier over one that has changed since."""
        if not self._state.adding and options.get("update_fields") is None:
            fields = (field for field in self._meta.concrete_fields if not field.primary_key and not field.generated)
            options["update_fields"] = [field.name for field in fields if field.name not in ("stock", "is_low")]
        super().save(**options)

    @property
    def status(self) -> ProductStatus:
        if self.active:
            return ProductStatus.ACTIVE
        return ProductStatus.ARCHIVED if self.archived_at else ProductStatus.DRAFT


class MovementKind(models.TextChoices):
    OPENING = "opening", "Opening stock"
    ADJUSTMENT = "adjustment", "Adjustment"
    RESERVATION = "reservation", "Reserved for an order"
    RELEASE = "release", "Released by a cancelled order"
    EXPIRY = "expiry", "Reservation expired"
    RETURN = "return", "Returned by a refund"
    DELIVERY = "delivery", "Delivery"
    COUNT = "count", "Stock count"
    UNDO = "undo", "Import undone"


BY_HAND: Final = [
    MovementKind.OPENING.value,
    MovementKind.ADJUSTMENT.value,
    MovementKind.DELIVERY.value,
    MovementKind.COUNT.value,
    MovementKind.UNDO.value,
]
"""What people do, as opposed to what orders do."""


class StockMovement(models.Model):
    """One line of the append-only ledger: a product's stock is the sum of its deltas. A trigger refuses changes.

    Of one product, the ids are in the order in which the stock was moved: its row was locked when each was given.
    `created_at` is when a statement began, so it may have waited for another that began after it.
    """

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="movements", db_index=False)
    delta = models.BigIntegerField()
    kind = models.CharField(max_length=16, choices=MovementKind.choices)
    reference = models.CharField(
        max_length=64, blank=True, default="", help_text="The reservation, refund, delivery or import behind it."
    )
    reason = models.CharField(max_length=200, blank=True, default="")
    note = models.CharField(max_length=500, blank=True, default="", db_default="")
    actor_id = models.BigIntegerField(null=True, blank=True, help_text="The member of staff who did it, if any.")
    created_at = models.DateTimeField(db_default=Now())
    key = models.UUIDField(null=True, blank=True, editable=False, help_text="Of the form that it was entered with.")

    class Meta:
        constraints = [
            models.CheckConstraint(name="movement_moves_something", condition=~Q(delta=0)),
            models.UniqueConstraint(name="moved_once_per_key", fields=["key"], condition=~Q(key=None)),
            models.UniqueConstraint(
                name="returned_once_per_refund", fields=["reference", "product"], condition=Q(kind=MovementKind.RETURN)
            ),
        ]
        # The first two have `delta`, so that a sum reads no row. Sales never write to the third.
        indexes = [
            models.Index("product", "id", name="movement_in_order", include=["delta"]),
            models.Index("product", "created_at", "id", name="movement_in_time", include=["delta"]),
            models.Index("kind", "created_at", "id", name="movement_by_hand", condition=Q(kind__in=BY_HAND)),
        ]

    def __str__(self) -> str:
        return f"{self.delta:+d} {self.kind}"


class Reservation(models.Model):
    """Stock taken for an order: held until it is committed, released or expired."""

    id = models.UUIDField(primary_key=True)
    state = models.CharField(
        max_length=16,
        choices=[(state.value, state.value) for state in ReservationState],
        default=ReservationState.HELD.value,
    )
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="reservation_state_is_legal", condition=Q(state__in=[state.value for state in ReservationState])
            ),
        ]
        indexes = [
            models.Index("expires_at", name="reservation_held_until", condition=Q(state=ReservationState.HELD.value))
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.state}"


class ReservationLine(models.Model):
    """What was taken of one product, at the name and price it had then."""

    reservation = models.ForeignKey(Reservation, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    quantity = models.BigIntegerField()
    name = models.CharField(max_length=200)
    unit_price = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            models.UniqueConstraint("reservation", "product", name="reservation_line_once_per_product"),
            models.CheckConstraint(name="reservation_line_takes_something", condition=Q(quantity__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.product_id}"
