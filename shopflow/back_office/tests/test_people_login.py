from __future__ import annotations

import re
from base64 import b32decode
from datetime import timedelta
from time import time
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.conf import LazySettings, settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connections
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from shopflow.back_office import lockout, session_limits
from shopflow.back_office.tests.people import PASSWORD, member
from users import second_factor, services
from users.models import User
from users.second_factor_models import RecoveryCode

pytestmark = pytest.mark.django_db(databases=["users"])
LOGIN, CODE, SET_UP, MANAGE = (
    reverse(f"admin:{name}") for name in ("login", "login_code", "second_factor_set_up", "second_factor")
)
INSIDE = reverse("admin:password_change")
"""A page for all staff, which asks no other database."""


@pytest.fixture(autouse=True)
def _no_throttle_remembers() -> None:
    cache.clear()


@pytest.fixture
def ann() -> User:
    return member("catalogue", username="ann")


@pytest.fixture
def required(settings: LazySettings) -> None:
    settings.STAFF_TOTP = True


class App:
    """An authenticator, whose clock can be set on."""

    def __init__(self, secret: bytes) -> None:
        self.secret = secret

    def code(self, *, steps: int = 0) -> str:
        return f"{totp(self.secret, t0=-30 * steps):06d}"


@pytest.fixture
def app(ann: User) -> App:
    """Of ann, set up a while ago."""
    secret = b"\x07" * 20
    services.set_up_second_factor(user_id=ann.pk, secret=secret, step=0)
    return App(secret)


def knock(client: Client, password: str = PASSWORD, *, onwards: str = "", name: str = "ann") -> Any:
    return client.post(LOGIN, {"username": f"{name}@shop.example", "password": password, "next": onwards})


def is_in(client: Client) -> bool:
    return client.get(INSIDE).status_code == 200


def deeds() -> list[str]:
    return [*LogEntry.objects.order_by("id").values_list("change_message", flat=True)]


def test_a_password_is_enough_where_nobody_asks_for_more(client: Client, ann: User) -> None:
    assert knock(client).url == reverse("admin:index")
    assert is_in(client)
    assert deeds() == ["Logged in with a password."]


@pytest.mark.usefixtures("required")
def test_who_has_no_second_factor_is_led_to_set_it_up_and_can_open_nothing_else(client: Client, ann: User) -> None:
    assert knock(client, onwards=INSIDE).url == SET_UP
    for page in (INSIDE, MANAGE, reverse("admin:index")):
        assert client.get(page).url == f"{LOGIN}?next={page}"  # type: ignore[attr-defined]
    assert client.get(CODE).status_code == 200

    page = client.get(SET_UP).content.decode()
    assert "<svg" in page
    secret = re.search(r"<code[^>]*>([A-Z2-7 ]+)<", page)
    assert secret is not None
    app = App(b32decode(secret[1].replace(" ", "")))
    assert client.post(SET_UP, {"code": "12345x"}).status_code == 200
    assert not TOTPDevice.objects.exists()
    answer = client.post(SET_UP, {"code": app.code()})

    codes = re.findall(r"<li>([a-z2-7-]{19})</li>", answer.content.decode())
    assert len(codes) == RecoveryCode.objects.count() == second_factor.RECOVERY_CODES
    assert INSIDE in answer.content.decode()
    assert is_in(client)
    assert deeds() == ["Set up a second factor.", "Logged in with a password and a new second factor."]
    assert client.get(SET_UP).url == MANAGE  # type: ignore[attr-defined]


def test_the_code_is_asked_after_the_password_of_who_has_one(client: Client, app: App) -> None:
    assert knock(client, onwards=INSIDE).url == CODE
    assert not is_in(client)
    assert client.get(SET_UP).url == LOGIN  # type: ignore[attr-defined]

    assert client.post(CODE, {"code": app.code()}).url == INSIDE  # type: ignore[attr-defined]
    assert is_in(client)
    assert deeds() == ["Logged in with a password and a second factor."]


def test_nobody_is_sent_elsewhere_after_the_login(client: Client, app: App) -> None:
    knock(client, onwards="https://evil.example/")

    assert client.post(CODE, {"code": app.code()}).url == reverse("admin:index")  # type: ignore[attr-defined]


def test_a_code_is_good_once(app: App) -> None:
    first, second = Client(), Client()
    for client in (first, second):
        knock(client)
    code = app.code()

    assert first.post(CODE, {"code": code}).status_code == 302
    assert second.post(CODE, {"code": code}).status_code == 200
    assert not is_in(second)


def test_after_a_wrong_code_the_right_one_has_to_wait(client: Client, app: App) -> None:
    knock(client)

    assert client.post(CODE, {"code": "000000"}).status_code == 200
    assert client.post(CODE, {"code": app.code()}).status_code == 200
    assert not is_in(client)
    assert deeds() == ["Gave a wrong code of the second factor at the door."] * 2


def test_a_recovery_code_lets_in_once(client: Client, ann: User) -> None:
    code = services.set_up_second_factor(user_id=ann.pk, secret=b"s" * 20, step=0)[3]
    again = Client()
    for door in (client, again):
        knock(door)

    assert client.post(CODE, {"code": code.upper().replace("-", " ")}).status_code == 302
    assert again.post(CODE, {"code": code}).status_code == 200
    assert second_factor.recovery_codes_left(ann.pk) == second_factor.RECOVERY_CODES - 1
    assert code not in str([*RecoveryCode.objects.values()])


def test_a_code_is_asked_only_for_a_while_and_not_once_the_password_has_changed(
    client: Client, app: App, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    knock(client)
    monkeypatch.setattr("shopflow.back_office.login.time", lambda: time() + 601)
    assert client.post(CODE, {"code": app.code()}).url == LOGIN  # type: ignore[attr-defined]
    monkeypatch.undo()

    ann.set_password("another horse 8")
    ann.save()
    assert client.post(CODE, {"code": app.code()}).url == LOGIN  # type: ignore[attr-defined]


def test_a_session_gets_a_new_key_at_each_step(client: Client, app: App) -> None:
    client.get(LOGIN)
    client.session.save()
    keys = {client.session.session_key}
    for step in (lambda: knock(client), lambda: client.post(CODE, {"code": app.code()})):
        step()
        keys.add(client.session.session_key)

    assert len(keys) == 3


@pytest.mark.usefixtures("required")
def test_a_session_without_a_second_factor_is_none_once_it_is_asked_for(client: Client, ann: User) -> None:
    client.force_login(ann)

    assert not is_in(client)


def test_five_failures_from_one_address_lock_out_for_a_quarter_of_an_hour(client: Client, ann: User) -> None:
    for _ in range(5):
        assert knock(client, "wrong").status_code == 200

    answer = knock(client)

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "900")
    assert deeds() == ["Locked out after 5 failed tries to log in."]
    assert Client(REMOTE_ADDR="10.1.2.3").post(LOGIN, {"username": ann.email, "password": PASSWORD}).status_code == 302


@pytest.mark.parametrize(
    ("addresses", "elsewhere"),
    [
        ([f"2001:db8::{number:x}:1" for number in range(5)], "2001:db8:0:1::1"),
        (["::ffff:10.1.2.3"] * 5, "::ffff:10.1.2.4"),
    ],
)
def test_nobody_gets_more_tries_by_the_many_addresses_of_one_network(
    ann: User, addresses: list[str], elsewhere: str
) -> None:
    assert [knock(Client(REMOTE_ADDR=address), "wrong").status_code for address in addresses] == [200] * 5
    assert knock(Client(REMOTE_ADDR=addresses[0])).status_code == 429
    assert knock(Client(REMOTE_ADDR=elsewhere)).status_code == 302


def test_an_address_made_up_in_a_header_does_not_evade_the_lock_out(ann: User, settings: LazySettings) -> None:
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}
    for number in range(5):
        knock(Client(headers={"X-Forwarded-For": f"203.0.113.{number}, 198.51.100.7"}), "wrong")
    assert AccessAttempt.objects.get().ip_address == "198.51.100.7"
    assert knock(Client(headers={"X-Forwarded-For": "203.0.113.9, 198.51.100.7"})).status_code == 429


def test_wrong_codes_lock_out_too(client: Client, app: App) -> None:
    knock(client)
    for _ in range(5):
        client.post(CODE, {"code": "000000"})

    assert client.post(CODE, {"code": app.code()}).status_code == 429
    assert knock(client).status_code == 429


def test_a_login_that_succeeds_forgets_the_failures_before_it(client: Client, ann: User) -> None:
    knock(client, "wrong")
    knock(client)

    assert not AccessAttempt.objects.exists()


def test_failures_are_forgotten_once_they_lock_nobody_out(client: Client, ann: User) -> None:
    knock(client, "wrong")
    assert (lockout.purge_failed_logins(), AccessAttempt.objects.count()) == (0, 1)
    AccessAttempt.objects.update(attempt_time=AccessAttempt.objects.get().attempt_time - settings.AXES_COOLOFF_TIME)

    assert (lockout.purge_failed_logins(), AccessAttempt.objects.count()) == (1, 0)


def test_what_failed_is_kept_without_passwords_and_said_in_no_log(
    client: Client, ann: User, caplog: pytest.LogCaptureFixture
) -> None:
    knock(client, "my other secret")

    attempt = AccessAttempt.objects.get()
    assert (attempt.username, attempt.ip_address) == ("ann@shop.example", "127.0.0.1")
    assert "secret" not in attempt.post_data + attempt.get_data
    assert "ann" not in caplog.text


def test_a_superuser_unlocks(client: Client, ann: User) -> None:
    for _ in range(5):
        knock(client, "wrong")
    owner = User.objects.create_superuser(username="owner", email="owner@shop.example", password=PASSWORD)
    office = Client()
    office.force_login(owner)
    url = reverse("admin:axes_accessattempt_changelist")
    assert "ann@shop.example" in office.get(url).content.decode()

    office.post(url, {"action": "unlock", "_selected_action": [AccessAttempt.objects.get().pk]})

    assert deeds()[-1] == "Unlocked after failed tries to log in."
    assert knock(client).status_code == 302


def test_a_superuser_resets_the_second_factor_of_another(client: Client, app: App, ann: User) -> None:
    knock(client)
    client.post(CODE, {"code": app.code()})
    office = Client()
    office.force_login(User.objects.create_superuser(username="owner", email="o@shop.example", password=PASSWORD))

    office.post(reverse("admin:users_user_changelist"), {"action": "reset_second_factor", "_selected_action": [ann.pk]})

    assert not second_factor.is_set_up(ann.pk)
    assert deeds()[-1] == "Reset the second factor, and ended every login."
    assert not is_in(client)


def test_to_turn_it_off_takes_the_password_and_a_code(client: Client, app: App, ann: User) -> None:
    knock(client)
    client.post(CODE, {"code": app.code(steps=-1)})
    wrong = {"password": "wrong", "code": app.code(), "do": "off"}
    assert client.post(MANAGE, wrong).status_code == 200
    assert second_factor.is_set_up(ann.pk)

    assert client.post(MANAGE, {**wrong, "password": PASSWORD}).status_code == 302
    assert not second_factor.is_set_up(ann.pk)
    assert is_in(client)
    assert deeds()[-1] == "Turned off the second factor."


def test_to_replace_it_too_and_other_sessions_end(client: Client, app: App, ann: User) -> None:
    other = Client()
    knock(client)
    client.post(CODE, {"code": app.code(steps=-1)})
    other.force_login(ann)
    assert client.get(SET_UP).url == MANAGE  # type: ignore[attr-defined]
    assert client.post(MANAGE, {"password": PASSWORD, "code": app.code(), "do": "replace"}).url == SET_UP  # type: ignore[attr-defined]
    client.get(SET_UP)
    new = App(b32decode(client.session["new_second_factor"]))

    assert "recovery-codes" in client.post(SET_UP, {"code": new.code()}).content.decode()
    assert TOTPDevice.objects.get().bin_key == new.secret
    assert (is_in(client), is_in(other)) == (True, False)


@pytest.mark.usefixtures("required")
def test_it_can_not_be_turned_off_where_it_is_required(client: Client, app: App, ann: User) -> None:
    knock(client)
    client.post(CODE, {"code": app.code(steps=-1)})

    assert "Turn it off" not in client.get(MANAGE).content.decode()
    client.post(MANAGE, {"password": PASSWORD, "code": app.code(), "do": "off"})
    assert second_factor.is_set_up(ann.pk)


@pytest.mark.parametrize(("later", "inside"), [(29 * 60, True), (31 * 60, False)])
def test_a_session_ends_when_nobody_works_in_it(
    client: Client, ann: User, monkeypatch: pytest.MonkeyPatch, later: int, inside: bool
) -> None:
    client.force_login(ann)
    assert is_in(client)
    monkeypatch.setattr(session_limits, "time", lambda: time() + later)

    assert is_in(client) is inside


def test_a_session_ends_after_a_long_day_however_busy(
    client: Client, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(ann)
    for quarter in range(48):
        monkeypatch.setattr(session_limits, "time", lambda quarter=quarter: time() + quarter * 900)
        assert is_in(client)
    monkeypatch.setattr(session_limits, "time", lambda: time() + 12 * 3600)

    assert not is_in(client)


def test_a_session_is_written_once_a_minute_at_most(client: Client, ann: User, monkeypatch: pytest.MonkeyPatch) -> None:
    client.force_login(ann)
    is_in(client)
    for later, writes in ((30, 0), (61, 1)):
        monkeypatch.setattr(session_limits, "time", lambda later=later: time() + later)
        with CaptureQueriesContext(connections["users"]) as asked:
            is_in(client)
        assert sum('UPDATE "django_session"' in query["sql"] for query in asked.captured_queries) == writes


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}])
def test_who_is_staff_no_more_is_out_at_once(client: Client, ann: User, change: dict[str, bool]) -> None:
    client.force_login(ann)
    assert is_in(client)
    User.objects.filter(pk=ann.pk).update(**change)

    assert not is_in(client)


def test_an_account_that_is_opened_again_has_no_session_left(client: Client, ann: User) -> None:
    client.force_login(ann)
    for ann.is_active in (False, True):
        ann.save()

    assert not is_in(client)


def test_a_new_password_ends_the_other_sessions(client: Client, ann: User) -> None:
    other = Client()
    for window in (client, other):
        knock(window)
    new = "better horse 8"

    client.post(INSIDE, {"old_password": PASSWORD, "new_password1": new, "new_password2": new})

    assert (is_in(client), is_in(other)) == (True, False)
    assert deeds()[-1] == "Changed the password."


def test_who_found_a_screen_unlocked_does_not_guess_the_password_there(client: Client, ann: User) -> None:
    knock(client)
    form = {"old_password": "wrong", "new_password1": "better horse 8", "new_password2": "better horse 8"}
    for _ in range(5):
        assert "entered incorrectly" in client.post(INSIDE, form).content.decode()
    page = client.post(INSIDE, {**form, "old_password": PASSWORD}, follow=True).content.decode()

    ann.refresh_from_db()
    assert "Too many tries. Try again in 15 minutes." in page
    assert ann.check_password(PASSWORD)
    assert deeds()[1] == "Gave a wrong password when about to change it."
    [attempt] = AccessAttempt.objects.all()
    assert [typed for typed in ("wrong", "horse") if typed in attempt.post_data] == []


def test_sessions_that_are_over_are_deleted(client: Client, ann: User) -> None:
    client.force_login(ann)
    assert (session_limits.purge_sessions(), Session.objects.count()) == (0, 1)
    Session.objects.update(expire_date=Now() - timedelta(seconds=1))

    assert (session_limits.purge_sessions(), Session.objects.count()) == (1, 0)


def test_ones_second_factor_is_found_by_a_link(client: Client, ann: User) -> None:
    client.force_login(ann)

    assert f'href="{MANAGE}"' in client.get(INSIDE).content.decode()


def test_the_cookie_is_for_the_browsers_session(client: Client, ann: User) -> None:
    knock(client)

    assert client.cookies["sessionid"]["max-age"] == ""
