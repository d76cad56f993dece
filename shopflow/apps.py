"""The project itself as a Django app: it wires the contexts together once they are all loaded."""

from __future__ import annotations

from django.apps import AppConfig


class ShopFlowConfig(AppConfig):
    name = "shopflow"

    def ready(self) -> None:
        from pathlib import Path

        from django.conf import settings

        from shopflow import checks, crash, wiring  # noqa: F401 - the checks register themselves

        wiring.wire()
        if file := getattr(settings, "CRASH_FILE", ""):  # of local settings alone
            crash.arm(Path(file))
