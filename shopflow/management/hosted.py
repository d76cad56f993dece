"""What a command says where SHOPFLOW_PEERS puts the data that it needs into other processes."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.core.management.base import CommandError


def require_hosted(contexts: Iterable[str], *, to: str, returncode: int = 1) -> None:
    """CommandError unless this process has the databases of all of them."""
    if away := [context for context in contexts if context not in settings.HOSTED]:
        message = f"SHOPFLOW_PEERS puts {', '.join(away)} elsewhere, whose database is needed here to {to}"
        raise CommandError(message, returncode=returncode)
