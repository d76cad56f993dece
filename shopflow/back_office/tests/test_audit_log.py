"""The audit log: who did what, and that nobody can make it say otherwise."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connections
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from shopflow.back_office.tests.people import PASSWORD, member
from users.models import User

pytestmark = pytest.mark.django_db(databases=["users"])

LIST = reverse("admin:admin_logentry_changelist")


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def operations() -> Client:
    return client_of(member("operations"))


@pytest.fixture
def owner() -> Client:
    return client_of(User.objects.create_superuser(username="owner", email="owner@shop.example", password=PASSWORD))


def entry(user: User, subject: str = "user ada", **more: object) -> LogEntry:
    values: dict[str, object] = {
        "user_id": user.pk,
        "content_type": ContentType.objects.get_for_model(User),
        "object_id": str(user.pk),
        "object_repr": subject,
        "action_flag": ADDITION,
        "change_message": "Ended every login.",
    }
    return LogEntry.objects.create(**{**values, **more})


def read(client: Client, url: str = LIST) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_says_who_did_what_on_which(operations: Client) -> None:
    keeper = member(username="keeper")
    entry(keeper, subject="<b>ada</b>")
    page = read(operations)
    assert f"keeper ({keeper.pk})" in page
    assert "Ended every login." in page
    assert f'href="{reverse("admin:users_user_change", args=[keeper.pk])}">user &lt;b&gt;ada&lt;/b&gt;</a>' in page


@pytest.mark.parametrize("asked", ["keeper", "KEEPER@shop.example", "{pk}"])
def test_it_is_searched_by_whoever_did_it(operations: Client, asked: str) -> None:
    keeper, other = member(username="keeper"), member(username="other")
    entry(keeper, subject="the lamp")
    entry(other, subject="the mug")
    page = read(operations, f"{LIST}?q={asked.format(pk=keeper.pk)}")
    assert ("the lamp" in page, "the mug" in page) == (True, False)


@pytest.mark.parametrize("asked", ["nobody", "9" * 30, "%27"])
def test_a_search_for_nobody_finds_nothing(operations: Client, asked: str) -> None:
    entry(member(username="keeper"), subject="the lamp")
    assert "the lamp" not in read(operations, f"{LIST}?q={asked}")


def test_the_newest_come_first(operations: Client) -> None:
    keeper = member(username="keeper")
    entry(keeper, subject="earlier")
    entry(keeper, subject="later")
    page = read(operations)
    assert page.index("later") < page.index("earlier")


def test_nobody_sorts_it_by_what_has_no_index(operations: Client) -> None:
    keeper = member(username="keeper")
    entry(keeper, subject="earlier")
    entry(keeper, subject="later")
    page = read(operations, f"{LIST}?o=1")
    assert page.index("later") < page.index("earlier")
    assert "?o=" not in page


def test_not_even_a_superuser_changes_it(owner: Client) -> None:
    written = entry(User.objects.get(username="owner"))
    change = reverse("admin:admin_logentry_change", args=[written.pk])
    delete = reverse("admin:admin_logentry_delete", args=[written.pk])
    assert "Ended every login." in read(owner, change)
    tried = [
        owner.post(change, {"change_message": "Nothing."}),
        owner.post(delete, {"post": "yes"}),
        owner.post(reverse("admin:admin_logentry_add"), {"change_message": "Nothing."}),
    ]
    assert [answer.status_code for answer in tried] == [403, 403, 403]
    owner.post(LIST, {"action": "delete_selected", "_selected_action": [str(written.pk)], "post": "yes"})
    assert list(LogEntry.objects.values_list("change_message", flat=True)) == ["Ended every login."]


def test_a_page_asks_as_much_for_many_entries_as_for_one(
    operations: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    keeper = member(username="keeper")
    for number in range(60):
        entry(keeper, subject=f"number {number}")
    with django_assert_max_num_queries(14, connection=connections["users"]):
        page = read(operations)
    assert "number 59" in page
    assert "number 9<" not in page
