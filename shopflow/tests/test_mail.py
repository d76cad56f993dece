"""Where e-mails go: by one URL; to the terminal as a line each."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives, get_connection

from shopflow.settings.mail import A_LINE_EACH, FORMS, email_settings

SMTP = "django.core.mail.backends.smtp.EmailBackend"
FILES = "django.core.mail.backends.filebased.EmailBackend"


def chosen(url: str, *names: str) -> tuple[Any, ...]:
    parsed = email_settings(url)
    return tuple(parsed[f"EMAIL_{name}"] for name in names)


def test_the_console_takes_a_line_for_each() -> None:
    assert chosen("console:", "BACKEND") == (A_LINE_EACH,)


def test_a_folder_is_where_it_says() -> None:
    assert chosen("file:///var/mail/shop", "BACKEND", "FILE_PATH") == (FILES, "/var/mail/shop")


@pytest.mark.parametrize(
    ("url", "port", "tls", "ssl"),
    [
        ("smtp://host", 25, False, False),
        ("smtp://host:2525", 2525, False, False),
        ("smtp+tls://ada:se%2Fcret@host", 587, True, False),
        ("smtps://ada:secret@host", 465, False, True),
        ("smtps://ada:secret@host:1465", 1465, False, True),
    ],
)
def test_a_mail_server_with_and_without_tls(url: str, port: int, tls: bool, ssl: bool) -> None:
    assert chosen(url, "BACKEND", "HOST", "PORT", "USE_TLS", "USE_SSL") == (SMTP, "host", port, tls, ssl)


def test_a_password_may_hold_anything_quoted() -> None:
    assert chosen("smtp+tls://ada%40x:se%2Fcret@host", "HOST_USER", "HOST_PASSWORD") == ("ada@x", "se/cret")


@pytest.mark.parametrize(
    "url",
    ["", "nonsense", "smtp:", "smtp://", "file:", "file://folder/x", "imap://host", "smtp://ada:secret@host:port"],
)
def test_what_cannot_be_used_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        email_settings(url)
    assert str(refused.value) == f"SHOPFLOW_EMAIL_URL must be {FORMS}"


def test_a_line_says_what_it_is_and_not_to_whom(capfd: pytest.CaptureFixture[str]) -> None:
    message = EmailMultiAlternatives("Your order 12 is confirmed", "Hello ada", to=["ada@example.com"])
    assert get_connection(A_LINE_EACH).send_messages([message]) == 1
    assert capfd.readouterr().out == "e-mail: Your order 12 is confirmed\n"
