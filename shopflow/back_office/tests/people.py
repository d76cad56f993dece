"""Members of staff for tests, in the groups that the migration makes."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace
from typing import Any, Final

from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connections

from users.models import User

PASSWORD: Final = "correct horse 7"
_migration: Any = import_module("shopflow.back_office.migrations.0002_groups")
GROUPS: Final[dict[str, list[tuple[str, str, str, str]]]] = _migration.GROUPS


def member(*groups: str, username: str = "", **more: Any) -> User:
    """Active staff in these groups; in none: nobody but a name."""
    if missing := {*groups} - {*Group.objects.filter(name__in=groups).values_list("name", flat=True)}:
        assert missing <= {*GROUPS}, missing
        _migration.create(apps, SimpleNamespace(connection=connections["users"]))  # a flush has taken them
    name = username or "-".join(("member", *groups))
    user = User.objects.create_user(
        username=name, email=f"{name}@shop.example", password=PASSWORD, is_staff=True, **more
    )
    user.groups.set(Group.objects.filter(name__in=groups))
    return user
