"""Who did what in the back office, where it is no plain change of a row: in Django's log of its admin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType

if TYPE_CHECKING:
    from django.db.models import Model
    from django.http import HttpRequest


def note(request: HttpRequest, subject: Model | type[Model], message: str) -> None:
    """Call it once the service has answered: a transaction of its own, on another database than the subject's.

    `message` is for people, and holds no personal datum and no secret.
    """
    one = None if isinstance(subject, type) else subject
    LogEntry.objects.create(
        user_id=request.user.pk,  # type: ignore[misc]  # whoever is here has logged in
        content_type=ContentType.objects.get_for_model(subject),
        object_id=None if one is None else str(one.pk),
        object_repr="" if one is None else str(one)[:200],
        action_flag=CHANGE,
        change_message=message,
    )
