"""Proves the shop's invariants on its live databases."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from shopflow.invariants import across, events, orders, stock
from shopflow.invariants.base import check

SHOWN = 5


class Command(BaseCommand):
    help = "Checks every invariant of the shop and prints each with its count. Exit code 1 on a breach."

    def handle(self, *args: Any, **options: Any) -> None:
        broken = 0
        for invariant in [*stock.INVARIANTS, *orders.INVARIANTS, *across.INVARIANTS, *events.INVARIANTS]:
            reading = check(invariant)
            verdict = self.style.ERROR("BROKEN") if reading.breaches else self.style.SUCCESS("ok")
            self.stdout.write(f"{verdict:>6}  {reading.checked:>9,}  {invariant.says}")
            for name in sorted(reading.breaches)[:SHOWN]:
                self.stdout.write(f"{'':>19}{name}")
            if len(reading.breaches) > SHOWN:
                self.stdout.write(f"{'':>19}and {len(reading.breaches) - SHOWN:,} more")
            broken += bool(reading.breaches)
        if broken:
            raise CommandError(f"{broken} of the shop's invariants do not hold")
