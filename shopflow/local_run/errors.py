"""Why `up` cannot do what it was asked: one clear line, and an exit code that is not 0."""

from __future__ import annotations

from django.core.management.base import CommandError


class CannotStart(CommandError):
    """The reason, and what to do about it."""
