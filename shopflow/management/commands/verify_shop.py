"""Proves the shop's invariants on its live databases."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError, connections

from shopflow.invariants.base import check
from shopflow.invariants.every import EVERY
from shopflow.management.hosted import require_hosted

SHOWN = 5
NOT_CHECKED = 2
"""The exit code where a database does not answer, or is not in this process: then nothing is known, good or bad."""


class Command(BaseCommand):
    help = "Checks every invariant of the shop and prints each with its count. Exit code 1 on a breach."

    def handle(self, *args: Any, **options: Any) -> None:
        require_hosted(settings.CONTEXTS, to="compare the contexts with each other", returncode=NOT_CHECKED)
        try:
            broken = self._check_all()
        except (OperationalError, InterfaceError) as error:
            reason = str(error).partition("\n")[0]
            raise CommandError(f"a database does not answer: {reason}", returncode=NOT_CHECKED) from error
        if broken:
            raise CommandError(f"{broken} of the shop's invariants do not hold")

    def _check_all(self) -> int:
        """Prints each; returns how many do not hold."""
        for context in settings.CONTEXTS:
            with connections[context].cursor() as cursor:
                cursor.execute("SET statement_timeout = 0")  # it reads every row, however many there are
        broken = 0
        for invariant in EVERY:
            reading = check(invariant)
            verdict = self.style.ERROR("BROKEN") if reading.breaches else self.style.SUCCESS(f"{'ok':>6}")
            self.stdout.write(f"{verdict}  {reading.checked:>9,}  {invariant.says}")
            for name in sorted(reading.breaches)[:SHOWN]:
                self.stdout.write(f"{'':>19}{name}")
            if len(reading.breaches) > SHOWN:
                self.stdout.write(f"{'':>19}and {len(reading.breaches) - SHOWN:,} more")
            broken += bool(reading.breaches)
        return broken
