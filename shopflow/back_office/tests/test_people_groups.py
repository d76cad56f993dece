from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.management import create_contenttypes
from django.contrib.contenttypes.models import ContentType
from django.db import connections

from shopflow.back_office.tests.people import GROUPS, member

pytestmark = pytest.mark.django_db(databases=["users"])
migration: Any = import_module("shopflow.back_office.migrations.0002_groups")
editor = SimpleNamespace(connection=connections["users"])


def labels(group: str) -> list[str]:
    rights = Permission.objects.filter(group__name=group).select_related("content_type")
    return sorted(f"{right.content_type.app_label}.{right.codename}" for right in rights)


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_has_just_what_its_name_says(group: str) -> None:
    member(group)

    assert labels(group) == sorted(f"{app}.{codename}" for app, _, codename, _ in GROUPS[group])


def test_every_right_of_a_group_is_one_that_a_model_has_by_the_same_name() -> None:
    known = {
        (model._meta.app_label, model._meta.model_name, codename, name)
        for model in apps.get_models()
        for codename, name in (
            *model._meta.permissions,
            *((f"{action}_{model._meta.model_name}", f"Can {action} {model._meta.verbose_name_raw}")
              for action in model._meta.default_permissions),
        )
    }  # fmt: skip

    assert {right for rights in GROUPS.values() for right in rights} - known == set()


def test_the_groups_come_before_any_permission_is_there_and_django_finds_them_afterwards() -> None:
    Group.objects.all().delete()
    Permission.objects.all().delete()
    ContentType.objects.all().delete()
    ContentType.objects.clear_cache()

    migration.create(apps, editor)
    for app in apps.get_app_configs():
        create_contenttypes(app, using="users", verbosity=0)
        create_permissions(app, using="users", verbosity=0)

    assert [labels(group) for group in GROUPS] == [
        sorted(f"{app}.{codename}" for app, _, codename, _ in rights) for rights in GROUPS.values()
    ]
    assert Permission.objects.filter(codename="adjust_stock").count() == 1


def test_the_groups_go_and_come_again_without_touching_others() -> None:
    mine = Group.objects.create(name="mine")

    migration.remove(apps, editor)
    assert [*Group.objects.all()] == [mine]
    migration.create(apps, editor)
    migration.create(apps, editor)

    assert sorted(Group.objects.values_list("name", flat=True)) == sorted([*GROUPS, "mine"])
