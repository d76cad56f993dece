"""The relay alone: `manage.py relay` delivers events and runs the periodic jobs until it is stopped.

Where a broker is between, it only puts events into it; the workers do the rest, and that too: it is one more of them.
"""

from __future__ import annotations

import signal
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from shopflow import wiring
from shopflow.management.hosted import require_hosted
from shopflow.management.metrics import serve_metrics
from shopflow.messaging.broker.worker import relay_of


class Command(BaseCommand):
    help = "Delivers events from the outboxes and runs the periodic jobs, until SIGTERM or Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="of its metrics, if any; default: %(default)s")

    def handle(self, *args: Any, host: str, **options: Any) -> None:
        if settings.SINK == "celery":
            runner = relay_of(wiring.HANDLERS)
        else:
            require_hosted(settings.CONTEXTS, to="hand every event to those who wait for it")
            runner = wiring.runner()
        serve_metrics(host)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: runner.stop())
        self.stdout.write("relay: running")
        self.stdout.flush()
        runner.run()
        self.stdout.write("relay: stopped")
