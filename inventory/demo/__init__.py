"""The catalogue of the demo shop, in `catalogue.csv`; prices there are in euros."""

from __future__ import annotations

import csv
from pathlib import Path

from contracts.money import Money
from inventory.services import NewProduct

CATALOGUE = Path(__file__).with_name("catalogue.csv")


def demo_products() -> list[NewProduct]:
    with CATALOGUE.open(encoding="utf-8", newline="") as file:
        return [
            NewProduct(
                sku=row["sku"],
                name=row["name"],
                description=row["description"],
                category=row["category"],
                price=Money.of(row["price"], "EUR").minor,
                stock=int(row["stock"]),
            )
            for row in csv.DictReader(file)
        ]
