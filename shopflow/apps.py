"""The project itself as a Django app: it wires the contexts together once they are all loaded."""

from __future__ import annotations

from django.apps import AppConfig


class ShopFlowConfig(AppConfig):
    name = "shopflow"

    def ready(self) -> None:
        from pathlib import Path

        from django.conf import settings
        from django.core.signals import request_started

        from shopflow import checks, crash, lost_connections, wiring  # noqa: F401 - the checks register themselves

        wiring.wire()
        request_started.connect(lost_connections.drop_older)
        if file := getattr(settings, "CRASH_FILE", ""):  # of local settings alone
            crash.arm(Path(file))
