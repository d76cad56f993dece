"""Proves the shop's invariants on its live databases."""

from __future__ import annotations

from argparse import ArgumentParser
from contextlib import ExitStack
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, InternalError, OperationalError, ProgrammingError

from shopflow.back_office.invariant_runs import TakenForDead, Tell, begin, recording
from shopflow.invariants.base import Invariant, Reading
from shopflow.invariants.reading import read_every
from shopflow.management.hosted import require_hosted

SHOWN = 5
NOT_CHECKED = 2
"""The exit code where a database does not answer, or is not in this process: then nothing is known, good or bad."""
NOT_WRITABLE = (InternalError, ProgrammingError)
"""A replica, a role that may only read, or tables that are not there yet."""


class Command(BaseCommand):
    help = "Checks every invariant of the shop and prints each with its count. Exit code 1 on a breach."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--run", type=int, help="the record that the back office has begun for it")

    def handle(self, *args: Any, run: int | None, **options: Any) -> None:
        require_hosted(settings.CONTEXTS, to="compare the contexts with each other", returncode=NOT_CHECKED)
        try:
            with ExitStack() as stack:
                run_id = run or self._begin()
                broken = self._check_all(stack.enter_context(recording(run_id)) if run_id else None)
        except (OperationalError, InterfaceError) as error:
            raise CommandError(f"a database does not answer: {_first_line(error)}", returncode=NOT_CHECKED) from error
        except TakenForDead as error:
            raise CommandError(str(error), returncode=NOT_CHECKED) from error
        if broken:
            raise CommandError(f"{broken} of the shop's invariants do not hold")

    def _begin(self) -> int | None:
        """So that the back office shows this run. It goes without where that cannot be, or another is under way."""
        try:
            return begin()
        except NOT_WRITABLE as error:
            self.stderr.write(f"The back office will not show this run: {_first_line(error)}")
            return None

    def _check_all(self, tell: Tell | None) -> int:
        """Prints each; returns how many do not hold."""
        broken = 0
        for invariant, reading in read_every():
            self._print(invariant, reading)
            if tell:
                tell(invariant, reading)
            broken += bool(reading.breaches)
        return broken

    def _print(self, invariant: Invariant, reading: Reading) -> None:
        verdict = self.style.ERROR("BROKEN") if reading.breaches else self.style.SUCCESS(f"{'ok':>6}")
        self.stdout.write(f"{verdict}  {reading.checked:>9,}  {invariant.says}")
        for name in sorted(reading.breaches)[:SHOWN]:
            self.stdout.write(f"{'':>19}{name}")
        if len(reading.breaches) > SHOWN:
            self.stdout.write(f"{'':>19}and {len(reading.breaches) - SHOWN:,} more")


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
