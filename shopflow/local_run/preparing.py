"""What a shop needs before it can serve: this folder for itself, its databases, something to sell, a staff user."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO

from django.conf import settings
from django.core.management import call_command
from django.db import connections

from inventory.models import Product
from shopflow.local_run import databases
from shopflow.local_run.console import Console
from shopflow.local_run.keeping import KeptPostgres
from shopflow.local_run.lock import hold
from shopflow.local_run.staff import Staff, ready_staff
from shopflow.local_run.stopping import Stopping


@dataclass(frozen=True, slots=True)
class Prepared:
    staff: Staff
    postgres: KeptPostgres | None
    """None where the environment names all databases."""

    def databases_problem(self) -> str:
        """Why they are gone for good; empty: they are not."""
        return self.postgres.problem() if self.postgres else ""


@contextmanager
def only_here() -> Iterator[None]:
    """AlreadyHeldError where another process runs the shop in this folder."""
    with hold(settings.STATE_DIR / "up.lock"):
        yield


@contextmanager
def prepared(console: Console, stopping: Stopping) -> Iterator[Prepared]:
    with databases.running(console, stopping) as postgres:
        if not Product.objects.using("inventory").exists():
            with console.step("demo catalogue"):
                call_command("seed_demo", stdout=StringIO())
        staff = ready_staff()
        connections.close_all()  # a server may fork from here: no connection may be shared
        yield Prepared(staff, postgres)
