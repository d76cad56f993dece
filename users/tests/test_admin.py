from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from users.models import TokenFamily, User
from users.services import login
from users.tests.conftest import PASSWORD, Published

pytestmark = pytest.mark.django_db(databases=["users"])


@pytest.fixture
def owner() -> User:
    return User.objects.create_superuser(username="owner", email="owner@shop.example", password=PASSWORD)


@pytest.fixture
def office(owner: User, client: Client) -> Client:
    client.post(reverse("admin:login"), {"username": "OWNER@shop.example", "password": PASSWORD})
    return client


def test_staff_log_in_by_email(office: Client) -> None:
    assert office.get(reverse("admin:index")).status_code == 200


def test_customers_are_kept_out(ada: User, client: Client) -> None:
    client.post(reverse("admin:login"), {"username": "ada@example.com", "password": PASSWORD})

    assert client.get(reverse("admin:index")).status_code == 302


@pytest.mark.parametrize("search", ["ada@", "ADA", "nobody"])
def test_finds_accounts(office: Client, ada: User, search: str) -> None:
    page = office.get(reverse("admin:users_user_changelist"), {"q": search}).content.decode()

    assert ("ada@example.com" in page) == (search != "nobody")


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


def test_deletes_no_account(office: Client, ada: User) -> None:
    response = office.post(reverse("admin:users_user_delete", args=[ada.pk]), {"post": "yes"})

    assert response.status_code == 403
    assert User.objects.filter(pk=ada.pk).exists()
