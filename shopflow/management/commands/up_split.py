"""`manage.py up_split`: the shop as split services behind Envoy, on this machine, until Ctrl-C."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from shopflow.local_run.console import Console
from shopflow.local_run.session import session
from shopflow.local_run.split.running import run
from shopflow.management.hosted import require_hosted


class Command(BaseCommand):
    help = "Runs the shop as split services behind Envoy on this machine: everything that they need, until Ctrl-C."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=settings.PORT, help="the gateway's; default: PORT, or 8000")

    def handle(self, *args: Any, port: int, no_color: bool, force_color: bool, **options: Any) -> None:
        require_hosted(settings.CONTEXTS, to="make the databases ready")
        coloured = force_color or (self.stdout.isatty() and not no_color and not settings.NO_COLOR)
        console = Console(self.stdout)
        with session(console) as stopping:
            run(port, console, stopping, coloured=coloured)
