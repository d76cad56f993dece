"""`manage.py gateway_config`: what Envoy is to be started with."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from shopflow.gateway import places
from shopflow.gateway.rendering import policy, render


class Command(BaseCommand):
    help = "Prints the gateway's configuration for Envoy."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--mode", choices=("local", "compose", "kubernetes"), default="local")
        parser.add_argument("--namespace", default="shopflow", help="of the Services, in kubernetes")

    def handle(self, *args: Any, mode: str, namespace: str, **options: Any) -> None:
        place = _place(mode, namespace)
        self.stdout.write(render(place, policy(place)), ending="")


def _place(mode: str, namespace: str) -> places.Place:
    match mode:
        case "compose":
            return places.compose()
        case "kubernetes":
            return places.kubernetes(namespace=namespace)
    return places.local(
        port=settings.PORT,
        certs=settings.CERTS,
        http_ports=_moved(places.HTTP_PORTS),
        grpc_ports=_moved(places.GRPC_PORTS),
        admin_port=places.ADMIN_PORT + settings.PORT_OFFSET,
    )


def _moved(ports: Mapping[str, int]) -> dict[str, int]:
    return {context: port + settings.PORT_OFFSET for context, port in ports.items()}
