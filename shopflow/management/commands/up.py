"""`manage.py up`: the whole shop on this machine, until Ctrl-C."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from shopflow.local_run.console import Console
from shopflow.local_run.port import HOST, require_free
from shopflow.local_run.preparing import prepared
from shopflow.local_run.session import session
from shopflow.local_run.staff import Staff
from shopflow.local_run.stopping import Stopping
from shopflow.local_run.web import serve
from shopflow.management.hosted import require_hosted

READY = """
ShopFlow is ready ({seconds:.1f} s)

  shop API     {url}/api/v1/products
  API docs     {url}/api/docs/
  back office  {url}/admin/
  staff login  {email}   {password}

Ctrl-C stops it. What it keeps is in {state}
"""


class Command(BaseCommand):
    help = "Runs the whole shop on this machine: PostgreSQL, the web app and the relay, until Ctrl-C."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=settings.PORT, help="default: PORT, or 8000")

    def handle(self, *args: Any, port: int, **options: Any) -> None:
        require_hosted(settings.CONTEXTS, to="run the whole shop in one process")
        console = Console(self.stdout)
        with session(console) as stopping:
            _run(port, console, stopping)


def _run(port: int, console: Console, stopping: Stopping) -> None:
    require_free(port)
    with prepared(console, stopping) as shop:
        require_free(port)
        serve(
            port=port,
            stopping=stopping,
            console=console,
            when_ready=lambda: _greet(port, shop.staff, console),
            databases_problem=shop.databases_problem,
        )
        console.say("stopping …")


def _greet(port: int, staff: Staff, console: Console) -> None:
    url, state = f"http://{HOST}:{port}", settings.STATE_DIR
    console.tell(
        READY.format(seconds=console.elapsed, url=url, email=staff.email, password=staff.password, state=state)
    )
