"""Counts anew what was sold on every day."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.db import connections

from orders import sales
from shopflow.management.hosted import require_hosted


class Command(BaseCommand):
    help = (
        "Counts the sales of every day anew from the orders. The job of orders counts what has changed by itself: this "
        "is for after rows were put in by hand, or TIME_ZONE has changed."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        require_hosted(["orders"], to="count the orders")
        with connections[sales.ALIAS].cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
        days = sum(1 for _ in sales.rebuild_sales())
        self.stdout.write(f"{days:,} days counted")
