"""The relay alone: `manage.py relay` delivers events and runs the periodic jobs until it is stopped."""

from __future__ import annotations

import signal
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from shopflow import wiring
from shopflow.management.hosted import require_hosted
from shopflow.management.metrics import serve_metrics


class Command(BaseCommand):
    help = "Delivers events from the outboxes and runs the periodic jobs, until SIGTERM or Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="of its metrics, if any; default: %(default)s")

    def handle(self, *args: Any, host: str, **options: Any) -> None:
        require_hosted(settings.CONTEXTS, to="hand every event to those who wait for it")
        serve_metrics(host)
        runner = wiring.runner()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: runner.stop())
        self.stdout.write("relay: running")
        self.stdout.flush()
        runner.run()
        self.stdout.write("relay: stopped")
