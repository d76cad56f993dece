"""How e-mails leave: Django's EMAIL_… settings of one URL."""

from __future__ import annotations

from typing import Any
from urllib.parse import SplitResult, urlsplit

import dj_email_url
from django.core.exceptions import ImproperlyConfigured

PARSED_AS = {"console": "console", "file": "file", "smtp": "smtp", "smtp+tls": "submission", "smtps": "smtp"}
"""Each scheme as the parser calls it: `smtp+tls` is STARTTLS, `smtps` is TLS from the first byte."""
A_LINE_EACH = "shopflow.mail.LineForEach"
FORMS = "console:, file:///folder or smtp://, smtp+tls:// or smtps://user:password@host:port"


def email_settings(url: str) -> dict[str, Any]:
    scheme, _, rest = url.partition(":")
    try:
        address = urlsplit(url)
        parsed: dict[str, Any] = dict(dj_email_url.parse(f"{PARSED_AS[scheme]}:{rest}"))
        complete = _says_where(scheme, address)
    except (KeyError, ValueError):
        complete = False
    if not complete:  # what it is stays unsaid: it may hold a password
        raise ImproperlyConfigured(f"SHOPFLOW_EMAIL_URL must be {FORMS}")
    if scheme == "console":
        parsed["EMAIL_BACKEND"] = A_LINE_EACH
    elif scheme == "file":
        parsed["EMAIL_FILE_PATH"] = address.path  # the parser takes off its slash
    elif scheme == "smtps":
        parsed |= {"EMAIL_USE_SSL": True, "EMAIL_PORT": address.port or 465}
    return parsed


def _says_where(scheme: str, address: SplitResult) -> bool:
    if scheme == "file":
        return address.path.startswith("/") and not address.netloc
    return scheme == "console" or bool(address.hostname)
