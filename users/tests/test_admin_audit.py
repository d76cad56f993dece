"""What is done with accounts and groups in the back office is in its log of deeds, the old beside the new."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from shopflow.back_office.tests.people import member
from users.models import User
from users.services import login
from users.tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(databases=["users"])


@pytest.fixture
def office(client: Client) -> Client:
    client.force_login(User.objects.create_superuser(username="owner", email="owner@shop.example", password=PASSWORD))
    return client


@pytest.fixture
def clerk() -> User:
    return member("stock", "catalogue", username="clerk")


def deeds() -> list[str]:
    return [entry.get_change_message() for entry in LogEntry.objects.order_by("id")]


def group(name: str) -> Group:
    return Group.objects.get(name=name)


def test_groups_and_ranks_that_are_given_or_taken(office: Client, clerk: User) -> None:
    form = {
        "username": "clerk",
        "email": clerk.email,
        "is_active": "on",
        "is_superuser": "on",
        "groups": [group("stock").pk],
    }

    office.post(reverse("admin:users_user_change", args=[clerk.pk]), form)

    assert {"Is staff: yes → no", "Superuser status: no → yes", "Groups: catalogue, stock → stock"} <= {*deeds()}


def test_a_password_that_is_set_for_somebody(office: Client, clerk: User) -> None:
    form = {"usable_password": "true", "password1": "better horse 8", "password2": "better horse 8"}

    office.post(reverse("admin:auth_user_password_change", args=[clerk.pk]), form)

    assert deeds() == ["Changed password."]


def test_logins_that_are_ended(office: Client, clerk: User) -> None:
    login(email=clerk.email, password=PASSWORD)
    session = Client()
    session.force_login(clerk)

    office.post(reverse("admin:users_user_changelist"), {"action": "end_logins", "_selected_action": [clerk.pk]})

    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.change_message) == (str(clerk.pk), "Ended every login.")
    assert session.get(reverse("admin:password_change")).status_code == 302


def test_what_a_group_may_do(office: Client, clerk: User) -> None:
    mine = Group.objects.create(name="mine")
    mine.permissions.add(Permission.objects.get(codename="view_user"))
    chosen = Permission.objects.get(codename="change_user").pk

    office.post(reverse("admin:auth_group_change", args=[mine.pk]), {"name": "mine", "permissions": [chosen]})

    assert "Permissions: view_user → change_user" in deeds()


def test_the_groups_of_the_shop_keep_their_names_and_stay(office: Client, clerk: User) -> None:
    stock = group("stock")

    office.post(reverse("admin:auth_group_change", args=[stock.pk]), {"name": "stocks", "permissions": []})
    refused = office.post(reverse("admin:auth_group_delete", args=[stock.pk]), {"post": "yes"})

    stock.refresh_from_db()
    assert (stock.name, refused.status_code) == ("stock", 403)


def test_only_superusers_reset_a_second_factor(client: Client, clerk: User) -> None:
    clerk.user_permissions.set(Permission.objects.filter(codename__in=("view_user", "change_user")))
    client.force_login(clerk)

    page = client.get(reverse("admin:users_user_changelist")).content.decode()

    assert "end_logins" in page
    assert "reset_second_factor" not in page
