"""A member of staff at the back office, by plain HTTP: pages, forms, cookies and their protection, as in a browser."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import HTTPCookieProcessor, ProxyHandler, Request, build_opener

FORM: Final = "application/x-www-form-urlencoded"
LOGOUT: Final = "/admin/logout/"
"""On every page."""
BOUNDARY: Final = "what-no-file-has"


@dataclass
class Form:
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    """What it would send as it is. Its buttons are not among them."""


class Forms(HTMLParser):
    """Those of a page that are sent by POST."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._form: Form | None = None
        self._select = self._textarea = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(given.get("action", "")) if given.get("method", "").lower() == "post" else None
            self.found += [self._form] if self._form else []
        elif self._form is None:
            return
        elif tag == "input" and given.get("name") and _is_sent(given, dict(attrs)):
            self._form.fields[given["name"]] = given.get("value", "")
        elif tag == "select":
            self._select = given.get("name", "")
            self._form.fields[self._select] = ""
        elif tag == "option" and self._select and ("selected" in given or not self._form.fields[self._select]):
            self._form.fields[self._select] = given.get("value", "")
        elif tag == "textarea":
            self._textarea = given.get("name", "")
            self._form.fields[self._textarea] = ""

    def handle_data(self, data: str) -> None:
        if self._form and self._textarea:
            self._form.fields[self._textarea] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._textarea = ""


def _is_sent(given: dict[str, str], all_of_it: dict[str, Any]) -> bool:
    kind = given.get("type", "text")
    return kind not in {"submit", "button", "file"} and (kind not in {"checkbox", "radio"} or "checked" in all_of_it)


def _part(disposition: str, content: bytes) -> bytes:
    return f"--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n".encode() + content + b"\r\n"


class BackOffice:
    def __init__(self, base_url: str, *, email: str, password: str) -> None:
        self._base_url = base_url
        self.cookies = CookieJar()
        self._opener = build_opener(ProxyHandler({}), HTTPCookieProcessor(self.cookies))
        self.path = ""
        """Of the page that was shown last."""
        self.submit("/admin/login/?next=/admin/", username=email, password=password)

    def get(self, path: str) -> str:
        return self._ask(path)

    def submit(self, path: str, to: str = "", **values: str) -> str:
        """Fills in the form of that page which has these fields and goes `to` there; gives the page that follows."""
        forms = [form for form in Forms(self._ask(path)).found if form.action != LOGOUT]
        form = next(form for form in forms if {*values} <= {*form.fields} and form.action.endswith(to))
        return self._send(urljoin(path, form.action), urlencode({**form.fields, **values}).encode(), FORM)

    def upload(self, path: str, name: str, content: bytes) -> str:
        """The one file that this page asks for; gives the address that follows, which is the file's own."""
        form = next(form for form in Forms(self._ask(path)).found if form.action != LOGOUT)
        parts = [_part(f'name="{field}"', value.encode()) for field, value in form.fields.items()]
        parts.append(_part(f'name="file"; filename="{name}"', content))
        body = b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
        self._send(urljoin(path, form.action), body, f"multipart/form-data; boundary={BOUNDARY}")
        return self.path

    def _send(self, path: str, body: bytes, kind: str) -> str:
        headers = {"Content-Type": kind, "Referer": self._base_url + path, "Origin": self._base_url}
        answer = self._ask(path, body, headers)
        assert not (errors := re.findall(r"errornote.*?</", answer, re.DOTALL)), errors
        return answer

    def _ask(self, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> str:
        try:
            request = Request(urljoin(self._base_url, path), body, headers or {})  # noqa: S310 - a shop of our own
            with self._opener.open(request, timeout=30) as answer:
                self.path = urlsplit(answer.url).path
                return str(answer.read().decode())
        except HTTPError as refused:
            raise AssertionError(f"{path}: {refused.code} {refused.read(500).decode()}") from refused
