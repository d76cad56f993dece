"""`manage.py beat`: tells the workers, through the broker, when a periodic job is due; until SIGTERM or Ctrl-C."""

from __future__ import annotations

import signal
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from shopflow.jobs import JOBS
from shopflow.messaging.broker.beat import service


class Command(BaseCommand):
    help = "Tells the workers when a periodic job is due, until SIGTERM or Ctrl-C."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.SINK != "celery":
            raise CommandError("there is no broker to tell: set SHOPFLOW_SINK=celery")
        beat = service(JOBS)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: sys.exit())  # it may be waiting for a broker that is away
        self._say("beat: running")
        beat.start()
        self._say("beat: stopped")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
