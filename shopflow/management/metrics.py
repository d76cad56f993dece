"""The metrics of a process that serves no HTTP of its own, on a port for nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connections
from prometheus_client import REGISTRY, CollectorRegistry, Metric, start_http_server
from prometheus_client.registry import Collector


def serve_metrics(host: str) -> None:
    """In threads of their own, until the process ends; not at all where no port is set."""
    port = settings.METRICS_PORT
    if not port:
        return
    registry = CollectorRegistry()
    registry.register(Everything())
    try:
        start_http_server(port, addr=host.strip("[]"), registry=registry)
    except OSError as error:
        message = f"cannot show metrics on {host}:{port} (SHOPFLOW_METRICS_PORT): {error.strerror or error}"
        raise CommandError(message) from error


class Everything(Collector):
    """Each question is answered in a new thread, whose database connections would stay open."""

    def collect(self) -> Iterator[Metric]:
        try:
            yield from REGISTRY.collect()
        finally:
            connections.close_all()

    def describe(self) -> list[Metric]:
        """Nothing, so that registering does not query."""
        return []
