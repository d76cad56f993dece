"""The first page: what was sold, what runs out, what waits. Everything on it is read from what jobs have prepared."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def context(request: HttpRequest) -> dict[str, Any]:
    return {}
