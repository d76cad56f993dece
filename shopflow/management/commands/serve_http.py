"""`manage.py serve_http orders --port 8002`: this process's part of the API over HTTP, until SIGTERM or Ctrl-C."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from shopflow.http.server import run, web_server
from shopflow.local_run.port import is_free


class Command(BaseCommand):
    help = "Serves over HTTP what SHOPFLOW_SERVE says, until SIGTERM or Ctrl-C."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "parts", nargs="*", metavar="PART", help="what SHOPFLOW_SERVE says, once more: so that `ps` shows it"
        )
        parser.add_argument("--host", default="127.0.0.1", help="default: %(default)s; 0.0.0.0 for everybody")
        parser.add_argument("--port", type=int, default=settings.PORT, help="default: PORT, or 8000")

    def handle(self, *args: Any, parts: list[str], host: str, port: int, **options: Any) -> None:
        if parts and tuple(parts) != settings.SERVE:
            served, named = ",".join(settings.SERVE), ",".join(parts)
            raise CommandError(f"this process would serve {served}, not {named}: set SHOPFLOW_SERVE={named}")
        if not is_free(host, port):
            raise CommandError(f"port {port} is in use")
        self.stdout.write(f"HTTP: {', '.join(settings.SERVE)} on {host}:{port}")
        self.stdout.flush()
        run(web_server(host=host, port=port))
        self.stdout.write("HTTP: stopped")
