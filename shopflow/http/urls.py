"""What every process answers, whichever parts it serves."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import URLPattern, URLResolver, path

from shopflow.http.operations import HealthView, LiveView, ReadyView, metrics

SERVICES = {"users": "user", "orders": "order", "inventory": "inventory"}
"""The names by which clients ask for a context's health."""


def operations(hosted: Iterable[str]) -> list[URLPattern | URLResolver]:
    return [
        path("health", HealthView.as_view()),
        *(_health_of(context, SERVICES[context]) for context in hosted if context in SERVICES),
        path("health/live", LiveView.as_view()),
        path("health/ready", ReadyView.as_view()),
        path("metrics", metrics),
    ]


def _health_of(context: str, name: str) -> URLPattern:
    return path(f"health/{name}", HealthView.as_view(service=f"{name}-service", contexts=(context,), peers=()))
