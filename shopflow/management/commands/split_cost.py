"""What would a split cost? `manage.py split_cost` reads a running monolith's metrics and says it per context."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from shopflow.split_cost.calibration import calibrate
from shopflow.split_cost.estimate import METHODS, crossing, move
from shopflow.split_cost.figures import Figures, NoFigures, fetch, read
from shopflow.split_cost.report import lines

DEFAULT = f"http://127.0.0.1:{settings.PORT}"


class Command(BaseCommand):
    help = "Estimates from a running monolith's metrics what moving a context out would add to a request."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", default=DEFAULT, help=f"where the monolith answers (default: {DEFAULT})")
        parser.add_argument("--out", choices=settings.CONTEXTS, help="only this context (default: each in turn)")

    def handle(self, *args: Any, **options: Any) -> None:
        contexts = (options["out"],) if options["out"] else settings.CONTEXTS
        try:
            figures = enough(read(fetch(options["url"])))
            names = [name for name in figures.calls if any(name in crossing(context, figures) for context in contexts)]
            costs = calibrate({name: figures.calls[name].sizes or (0, 0) for name in names}) if names else {}
        except NoFigures as error:
            raise CommandError(str(error)) from error
        for line in lines(options["url"], figures, costs, [move(context, figures, costs) for context in contexts]):
            self.stdout.write(line)


def enough(figures: Figures) -> Figures:
    """Raises NoFigures unless they are of a monolith that was used."""
    if away := sorted(set(settings.CONTEXTS) - figures.hosted):
        raise NoFigures(f"that process is no monolith: it does not have {', '.join(away)}")
    if not figures.requests.count:
        raise NoFigures("it has answered no request to the API yet: use it for a while, then ask again")
    if not any(calls.count for name, calls in figures.calls.items() if name in METHODS):
        raise NoFigures("no context has called another yet: use it for a while, then ask again")
    return figures
