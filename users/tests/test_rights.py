"""What an access token says that its holder may do, and what it takes to get it."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import LazySettings
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from shopflow.back_office.tests.people import PASSWORD, member
from users import services
from users.models import TokenFamily, User
from users.tests.conftest import Post
from users.tokens import RIGHTS, AccessToken

pytestmark = pytest.mark.django_db(databases=["users"])
SECRET = b"\x09" * 20


@pytest.fixture
def clerk() -> User:
    return member("stock", "catalogue", username="clerk")


@pytest.fixture
def codes(clerk: User) -> list[str]:
    return services.set_up_second_factor(user_id=clerk.pk, secret=SECRET, step=0)


def code() -> str:
    return f"{totp(SECRET):06d}"


def claims(token: str) -> tuple[bool, Any]:
    access = AccessToken(token)  # type: ignore[arg-type]
    return access["is_staff"], access.get("rights")


def logged_in(post: Post, **more: str) -> dict[str, Any]:
    answer = post("login", email="clerk@shop.example", password=PASSWORD, **more)
    assert answer.status_code == 200
    return dict(answer.json())


def test_a_token_of_staff_says_their_groups(post: Post, clerk: User) -> None:
    assert claims(logged_in(post)["access_token"]) == (True, ["catalogue", "stock"])


def test_staff_in_no_group_may_do_nothing(post: Post, clerk: User) -> None:
    clerk.groups.clear()

    assert claims(logged_in(post)["access_token"]) == (True, [])


def test_superusers_may_do_everything(post: Post, clerk: User) -> None:
    User.objects.update(is_superuser=True)

    assert claims(logged_in(post)["access_token"]) == (True, [*RIGHTS])


def test_a_group_that_was_given_or_taken_shows_in_the_next_token(post: Post, clerk: User) -> None:
    pair = logged_in(post)
    clerk.groups.remove(clerk.groups.get(name="stock"))

    assert claims(post("refresh", refresh_token=pair["refresh_token"]).json()["access_token"]) == (True, ["catalogue"])


@pytest.mark.parametrize("required", [True, False])
def test_without_a_code_the_token_is_a_customers_where_one_is_asked(
    post: Post, clerk: User, codes: list[str], settings: LazySettings, required: bool
) -> None:
    settings.STAFF_TOTP = required
    pair = logged_in(post)

    assert claims(pair["access_token"]) == (False, None)
    assert claims(post("refresh", refresh_token=pair["refresh_token"]).json()["access_token"]) == (False, None)


def test_where_all_staff_need_a_second_factor_who_has_none_has_no_rights(
    post: Post, clerk: User, settings: LazySettings
) -> None:
    settings.STAFF_TOTP = True

    assert claims(logged_in(post)["access_token"]) == (False, None)


def test_with_a_code_the_token_and_those_after_it_have_the_rights(
    post: Post, codes: list[str], settings: LazySettings
) -> None:
    settings.STAFF_TOTP = True
    pair = logged_in(post, otp=code())

    assert claims(pair["access_token"]) == (True, ["catalogue", "stock"])
    assert claims(post("refresh", refresh_token=pair["refresh_token"]).json()["access_token"])[0]
    assert TokenFamily.objects.get().second_factor


def test_a_recovery_code_will_do_once(post: Post, codes: list[str]) -> None:
    assert claims(logged_in(post, otp=codes[0])["access_token"])[0]
    answer = post("login", email="clerk@shop.example", password=PASSWORD, otp=codes[0])

    assert (answer.status_code, answer.json()["code"]) == (401, "code_refused")


def test_a_code_is_good_once_over_the_api_too(post: Post, codes: list[str]) -> None:
    given = code()
    logged_in(post, otp=given)

    answer = post("login", email="clerk@shop.example", password=PASSWORD, otp=given)

    assert (answer.status_code, answer.json()["code"]) == (401, "code_refused")


def test_a_wrong_code_gives_no_tokens_and_slows_the_next_one_down(post: Post, codes: list[str]) -> None:
    for given in ("000000", code()):
        answer = post("login", email="clerk@shop.example", password=PASSWORD, otp=given)
        assert (answer.status_code, answer.json()["code"]) == (401, "code_refused")

    assert TOTPDevice.objects.get().throttling_failure_count == 1
    assert not TokenFamily.objects.exists()


def test_a_code_is_not_even_looked_at_with_a_wrong_password(post: Post, codes: list[str]) -> None:
    answer = post("login", email="clerk@shop.example", password="wrong", otp="000000")

    assert answer.json()["code"] == "bad_credentials"
    assert TOTPDevice.objects.get().throttling_failure_count == 0


def test_a_code_does_not_come_from_who_has_no_second_factor(post: Post, ada: User) -> None:
    assert post("login", email=ada.email, password=PASSWORD, otp="123456").json()["code"] == "code_refused"


def test_setting_it_up_ends_the_logins_that_came_without_it(post: Post, clerk: User) -> None:
    pair = logged_in(post)
    services.set_up_second_factor(user_id=clerk.pk, secret=SECRET, step=0)

    assert post("refresh", refresh_token=pair["refresh_token"]).json()["code"] == "token_revoked"
