"""`manage.py worker orders`: takes the events and the jobs of a context from the broker, until SIGTERM or Ctrl-C."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from shopflow import wiring
from shopflow.jobs import JOBS
from shopflow.management.metrics import serve_metrics
from shopflow.messaging.broker.worker import work


class Command(BaseCommand):
    help = "Takes events and jobs from the broker and puts events into it, until SIGTERM or Ctrl-C."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "contexts", nargs="*", metavar="CONTEXT", help="what this process hosts, once more: so that `ps` shows it"
        )
        parser.add_argument("--host", default="127.0.0.1", help="of its metrics, if any; default: %(default)s")

    def handle(self, *args: Any, contexts: list[str], host: str, **options: Any) -> None:
        if settings.SINK != "celery":
            raise CommandError("there is no broker to work for: set SHOPFLOW_SINK=celery")
        if contexts and set(contexts) != set(settings.HOSTED):
            hosted = ", ".join(settings.HOSTED)
            raise CommandError(f"SHOPFLOW_PEERS makes this a worker of {hosted}, not of {', '.join(contexts)}")
        serve_metrics(host)
        exitcode = work(wiring.HANDLERS, JOBS, when_running=lambda: self._say("worker: running"))
        self._say("worker: stopped")
        raise SystemExit(exitcode)

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
