"""`manage.py seed_demo`: the demo catalogue, where there is no product yet."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from inventory.demo import demo_products
from inventory.services import seed_catalogue
from shopflow.management.hosted import require_hosted


class Command(BaseCommand):
    help = "Load some 200 demo products, unless the catalogue has any product already."

    def handle(self, *args: Any, **options: Any) -> None:
        require_hosted(["inventory"], to="fill the catalogue")
        loaded = seed_catalogue(products=demo_products())
        self.stdout.write(f"Loaded {loaded} demo products." if loaded else "The catalogue is not empty: nothing to do.")
