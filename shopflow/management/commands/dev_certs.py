"""Development certificates: `manage.py dev_certs` makes what is missing and renews what is about to expire."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from shopflow.certificates import ensure_certificates


class Command(BaseCommand):
    help = "Makes a development CA and a certificate per service, where they are missing or no longer good."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--host",
            action="append",
            default=[],
            metavar="NAME",
            help="one more DNS name or IP address of the services",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        made = ensure_certificates(settings.CERTS, extra_hosts=options["host"])
        self.stdout.write(f"{settings.CERTS}: {'made ' + ', '.join(made) if made else 'all good'}")
