from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from users.admin.accounts import AccountChangeForm
from users.models import TokenFamily, User
from users.services import change_password, login
from users.tests.conftest import PASSWORD, Post, Published

pytestmark = pytest.mark.django_db(databases=["users"])


@pytest.fixture
def owner() -> User:
    return User.objects.create_superuser(username="owner", email="owner@shop.example", password=PASSWORD)


@pytest.fixture
def office(owner: User, client: Client) -> Client:
    client.post(reverse("admin:login"), {"username": "OWNER@shop.example", "password": PASSWORD})
    return client


def test_staff_log_in_by_email(office: Client) -> None:
    assert office.get(reverse("admin:users_user_changelist")).status_code == 200


def test_customers_are_kept_out(ada: User, client: Client) -> None:
    client.post(reverse("admin:login"), {"username": "ada@example.com", "password": PASSWORD})

    assert client.get(reverse("admin:index")).status_code == 302


@pytest.mark.parametrize("search", [" ADA@Example.com ", "ADA", "{pk}", "nobody", "%", "9" * 30, "²"])
def test_finds_accounts(office: Client, ada: User, search: str) -> None:
    search = search.format(pk=ada.pk)
    page = office.get(reverse("admin:users_user_changelist"), {"q": search}).content.decode()

    assert ("ada@example.com" in page) == (search in {" ADA@Example.com ", "ADA", str(ada.pk)})


def test_shows_an_account_without_any_of_its_hash(office: Client, ada: User) -> None:
    page = office.get(reverse("admin:users_user_change", args=[ada.pk])).content.decode()

    assert "ada@example.com" in page
    assert "argon2" not in page
    assert ada.password[-12:] not in page


def test_adds_an_account_with_its_event(office: Client, published: Published) -> None:
    form = {
        "username": "grace",
        "email": "grace@example.com",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }

    response = office.post(reverse("admin:users_user_add"), form)

    grace = User.objects.get(username="grace")
    assert response.status_code == 302
    assert grace.check_password(PASSWORD)
    assert published()[-1] == ("user.registered", {"user_id": grace.pk})


def test_refuses_an_email_that_has_an_account(office: Client, ada: User) -> None:
    form = {
        "username": "grace",
        "email": "ADA@example.com",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }

    page = office.post(reverse("admin:users_user_add"), form).content.decode()

    assert "An account with this email exists." in page


def test_changes_an_account(office: Client, ada: User) -> None:
    form = {"username": "ada", "email": "ada@lovelace.org", "is_active": "on"}

    office.post(reverse("admin:users_user_change", args=[ada.pk]), form)

    ada.refresh_from_db()
    assert (ada.email, ada.is_active, ada.is_staff) == ("ada@lovelace.org", True, False)
    assert ada.check_password(PASSWORD)


def test_a_password_that_is_changed_meanwhile_is_not_changed_back(
    office: Client, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean = AccountChangeForm.clean

    def clean_while_ada_changes_her_password(form: AccountChangeForm) -> dict[str, object] | None:
        change_password(user_id=ada.pk, current_password=PASSWORD, new_password="better horse 8")
        return clean(form)

    monkeypatch.setattr(AccountChangeForm, "clean", clean_while_ada_changes_her_password)
    form = {"username": "countess", "email": ada.email, "is_active": "on"}

    office.post(reverse("admin:users_user_change", args=[ada.pk]), form)

    ada.refresh_from_db()
    assert ada.username == "countess"
    assert ada.check_password("better horse 8")


def test_a_new_password_ends_every_login(office: Client, ada: User) -> None:
    login(email=ada.email, password=PASSWORD)
    form = {"usable_password": "true", "password1": "better horse 8", "password2": "better horse 8"}

    office.post(reverse("admin:auth_user_password_change", args=[ada.pk]), form)

    ada.refresh_from_db()
    assert ada.check_password("better horse 8")
    assert not TokenFamily.objects.filter(revoked_at=None).exists()


def test_ends_the_logins_of_the_selected_accounts(office: Client, ada: User) -> None:
    login(email=ada.email, password=PASSWORD)

    office.post(reverse("admin:users_user_changelist"), {"action": "end_logins", "_selected_action": [str(ada.pk)]})

    assert not TokenFamily.objects.filter(revoked_at=None).exists()


def test_does_nothing_to_more_accounts_than_a_page_can_answer_for(
    office: Client, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("users.admin.accounts.MOST_AT_ONCE", 1)
    login(email=ada.email, password=PASSWORD)
    everybody = {"action": "end_logins", "_selected_action": [str(ada.pk)], "select_across": "1"}

    page = office.post(reverse("admin:users_user_changelist"), everybody, follow=True).content.decode()

    assert "Select 1 at most. Nothing was done." in page
    assert TokenFamily.objects.filter(revoked_at=None).exists()


def test_deletes_no_account(office: Client, ada: User) -> None:
    response = office.post(reverse("admin:users_user_delete", args=[ada.pk]), {"post": "yes"})

    assert response.status_code == 403
    assert User.objects.filter(pk=ada.pk).exists()


@pytest.fixture
def clerk_office(client: Client) -> Client:
    """Staff who may change accounts, and nothing more."""
    clerk = User.objects.create_user(username="clerk", email="clerk@shop.example", password=PASSWORD, is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__in=("view_user", "change_user")))
    client.force_login(clerk)
    return client


def test_staff_can_not_give_themselves_what_they_have_not(clerk_office: Client) -> None:
    clerk = User.objects.get(username="clerk")
    form = {
        "username": "clerk",
        "email": "clerk@shop.example",
        "is_active": "on",
        "is_staff": "on",
        "is_superuser": "on",
        "user_permissions": [str(permission.pk) for permission in Permission.objects.all()],
    }

    response = clerk_office.post(reverse("admin:users_user_change", args=[clerk.pk]), form)

    clerk.refresh_from_db()
    assert response.status_code == 302
    assert not clerk.is_superuser
    assert clerk.user_permissions.count() == 2


def test_staff_can_not_make_staff_of_a_customer(clerk_office: Client, ada: User) -> None:
    form = {"username": "countess", "email": ada.email, "is_active": "on", "is_staff": "on", "is_superuser": "on"}

    clerk_office.post(reverse("admin:users_user_change", args=[ada.pk]), form)

    ada.refresh_from_db()
    assert (ada.username, ada.is_staff, ada.is_superuser) == ("countess", False, False)


@pytest.mark.parametrize("is_superuser", [True, False])
def test_only_a_superuser_changes_the_account_of_other_staff(clerk_office: Client, *, is_superuser: bool) -> None:
    boss = User.objects.create_user(
        username="boss", email="boss@shop.example", password=PASSWORD, is_staff=True, is_superuser=is_superuser
    )
    change, password = (
        reverse("admin:users_user_change", args=[boss.pk]),
        reverse("admin:auth_user_password_change", args=[boss.pk]),
    )

    answers = [
        clerk_office.post(change, {"username": "boss", "email": "clerk@evil.example", "is_active": "on"}),
        clerk_office.post(password, {"usable_password": "true", "password1": "mine now 9", "password2": "mine now 9"}),
    ]

    boss.refresh_from_db()
    assert [answer.status_code for answer in answers] == [403, 403]
    assert boss.email == "boss@shop.example"
    assert boss.check_password(PASSWORD)
    assert clerk_office.get(change).status_code == 200


def test_only_a_superuser_ends_the_logins_of_other_staff(clerk_office: Client, owner: User, ada: User) -> None:
    for account in (owner, ada):
        login(email=account.email, password=PASSWORD)
    selected = {"action": "end_logins", "_selected_action": [str(owner.pk), str(ada.pk)]}

    clerk_office.post(reverse("admin:users_user_changelist"), selected)

    assert TokenFamily.objects.get(revoked_at=None).user == owner


def test_a_superuser_gives_and_takes_rights(office: Client, ada: User) -> None:
    form = {"username": "ada", "email": ada.email, "is_active": "on", "is_staff": "on", "is_superuser": "on"}

    office.post(reverse("admin:users_user_change", args=[ada.pk]), form)

    ada.refresh_from_db()
    assert (ada.is_staff, ada.is_superuser) == (True, True)


def test_closing_an_account_ends_its_logins_for_good(office: Client, ada: User, post: Post) -> None:
    pair = login(email=ada.email, password=PASSWORD)
    page = reverse("admin:users_user_change", args=[ada.pk])

    office.post(page, {"username": "ada", "email": ada.email})
    office.post(page, {"username": "ada", "email": ada.email, "is_active": "on"})

    ada.refresh_from_db()
    assert ada.is_active
    assert post("refresh", refresh_token=pair.refresh_token).json()["code"] == "token_revoked"


def test_other_changes_leave_the_logins_alone(office: Client, ada: User, post: Post) -> None:
    pair = login(email=ada.email, password=PASSWORD)

    office.post(
        reverse("admin:users_user_change", args=[ada.pk]),
        {"username": "countess", "email": ada.email, "is_active": "on"},
    )

    assert post("refresh", refresh_token=pair.refresh_token).status_code == 200
