"""`manage.py seed_demo`: the demo catalogue, where there is no product yet, and demo staff, where asked for."""

from __future__ import annotations

import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from inventory.demo import demo_products
from inventory.services import seed_catalogue
from shopflow.management.hosted import require_hosted
from users.services import hire
from users.tokens import RIGHTS


class Command(BaseCommand):
    help = "Load some 200 demo products, unless the catalogue has any product already."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--staff",
            action="store_true",
            help="Make a member of staff of each group instead, with passwords that are made up and printed.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["staff"]:
            self._hire()
        else:
            self._fill_the_catalogue()

    def _fill_the_catalogue(self) -> None:
        require_hosted(["inventory"], to="fill the catalogue")
        loaded = seed_catalogue(products=demo_products())
        self.stdout.write(f"Loaded {loaded} demo products." if loaded else "The catalogue is not empty: nothing to do.")

    def _hire(self) -> None:
        require_hosted(["users"], to="make staff")
        for group in RIGHTS:
            email, password = f"{group}@shopflow.local", secrets.token_urlsafe(12)
            made = hire(email=email, password=password, group=group)
            self.stdout.write(f"{email} {password if made else '(is there already)'}")
