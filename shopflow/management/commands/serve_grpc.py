"""`manage.py serve_grpc inventory`: a context as a gRPC service, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from shopflow.grpc.channels import require_credentials
from shopflow.grpc.server import PORTS, Server
from shopflow.management.metrics import serve_metrics

GRACE = 10.0
"""Seconds for the calls under way when a stop is asked for."""


class Command(BaseCommand):
    help = "Serves contexts over gRPC: their contracts, health and reflection; until SIGTERM or Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "contexts", nargs="+", choices=settings.CONTEXTS, metavar="CONTEXT", help="users, inventory, …"
        )
        parser.add_argument("--host", default="127.0.0.1", help="default: %(default)s; 0.0.0.0 or [::] for everybody")
        parser.add_argument("--port", type=int, help="default: the first context's, 50051 to 50054")

    def handle(self, *args: Any, contexts: list[str], host: str, port: int | None, **options: Any) -> None:
        if away := [context for context in contexts if context not in settings.HOSTED]:
            raise CommandError(f"SHOPFLOW_PEERS says that {', '.join(away)} is elsewhere")
        address = f"{host}:{PORTS[contexts[0]] if port is None else port}"
        stopped = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopped.set())
        try:
            server = Server(dict.fromkeys(contexts), address=address)
        except RuntimeError as error:
            raise CommandError(f"cannot listen on {address}: is the port in use?") from error
        require_credentials()
        serve_metrics(host)
        server.start()
        self.stdout.write(f"gRPC: {', '.join(contexts)} on {host}:{server.port}")
        self.stdout.flush()
        stopped.wait()
        server.stop(grace=GRACE)
        self.stdout.write("gRPC: stopped")
