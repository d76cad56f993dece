"""The relay alone: `manage.py relay` delivers events and runs the periodic jobs until it is stopped."""

from __future__ import annotations

import signal
from typing import Any

from django.core.management.base import BaseCommand

from shopflow import wiring


class Command(BaseCommand):
    help = "Delivers events from the outboxes and runs the periodic jobs, until SIGTERM or Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        runner = wiring.runner()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: runner.stop())
        self.stdout.write("relay: running")
        runner.run()
        self.stdout.write("relay: stopped")
