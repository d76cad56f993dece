"""What was sold, prepared for charts: counted again from the orders by `sales.py`, never added to.

A day is one of settings.TIME_ZONE, an order belongs to the day on which it was placed, and so does what comes back of
it later. Money in minor units; different currencies are never added together.
"""

from __future__ import annotations

from django.db import models


class CountedDay(models.Model):
    """The orders of this day are in the tables below as they were at `counted_at`, or are in none: there were none."""

    day = models.DateField(primary_key=True)
    counted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.day}"


class SalesDay(models.Model):
    """Orders that are paid for or on invoice. `refunded` of `revenue` is the worth of the lines that came back."""

    day = models.DateField()
    currency = models.CharField(max_length=3)
    orders = models.BigIntegerField()
    revenue = models.BigIntegerField()
    refunded = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint("day", "currency", name="sales_day_once_per_currency")]

    def __str__(self) -> str:
        return f"{self.day} {self.currency}"


class SalesProduct(models.Model):
    """What was sold of one product on a day, less what came back. `name` is the last under which it was sold then."""

    day = models.DateField()
    product_id = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    name = models.CharField(max_length=200)
    quantity = models.BigIntegerField()
    revenue = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint("day", "product_id", "currency", name="sales_product_once_per_day_and_currency")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class BestSeller(models.Model):
    """The products most sold in the last `days` days, today included; rank 1 is the first of its currency."""

    days = models.SmallIntegerField()
    currency = models.CharField(max_length=3)
    rank = models.SmallIntegerField()
    product_id = models.BigIntegerField()
    name = models.CharField(max_length=200)
    quantity = models.BigIntegerField()
    revenue = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint("days", "currency", "rank", name="best_seller_once_per_rank")]

    def __str__(self) -> str:
        return f"{self.rank} {self.name}"
