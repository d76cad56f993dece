"""Which table lives in which database: every context in its own, the framework's own tables with the users."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Model

EVERYWHERE = "messaging"
"""The outbox and the inbox: one pair in each context's database."""


def alias_of(app_label: str) -> str:
    return app_label if app_label in settings.CONTEXTS else "users"


class ContextRouter:
    def db_for_read(self, model: type[Model], **hints: Any) -> str | None:
        label = model._meta.app_label
        return None if label == EVERYWHERE else alias_of(label)

    db_for_write = db_for_read

    def allow_relation(self, one: Model, other: Model, **hints: Any) -> bool:
        return alias_of(one._meta.app_label) == alias_of(other._meta.app_label)

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return app_label == EVERYWHERE or db == alias_of(app_label)
