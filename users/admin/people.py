"""Who somebody is, and what is said of them, on the pages of accounts and groups."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def as_said(value: Any) -> str:
    """Of a field of a form: yes or no, or the names of what is chosen."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(sorted(str(getattr(chosen, "codename", chosen)) for chosen in value or ())) or "none"


def is_superuser(request: HttpRequest) -> bool:
    return request.user.is_authenticated and request.user.is_superuser
