"""The database of each context, as its own process is to reach it."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings

from shopflow.local_run.databases import is_embedded
from shopflow.postgres import database_url
from shopflow.postgres.roles import ensure_role, kept_passwords


def database_urls(inherited: Mapping[str, str]) -> dict[str, str]:
    """By context. On the embedded server in its own role, which is made now; a server of the user's own as given."""
    data, embedded = settings.POSTGRES_DATA, [context for context in settings.CONTEXTS if is_embedded(context)]
    passwords = kept_passwords(settings.STATE_DIR / "keys" / "roles.json", embedded)
    urls = {context: inherited.get(variable(context), "") for context in settings.CONTEXTS}
    for context, password in passwords.items():
        name = settings.DATABASES[context]["NAME"]
        ensure_role(data, role=context, database=name, password=password)
        urls[context] = database_url(data, name, role=context, password=password)
    return urls


def variable(context: str) -> str:
    return f"{context.upper()}_DATABASE_URL"
