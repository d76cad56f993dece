"""What happens around every request: its id, its caller, its limits, its line in the log."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from logging import DEBUG, INFO
from time import perf_counter
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponseBase, HttpResponsePermanentRedirect
from django.middleware.common import CommonMiddleware
from django.utils.deprecation import MiddlewareMixin

from contracts.base import time_limit
from contracts.caller import Caller, calling_as
from shopflow.http.bodies import refuse_body
from shopflow.http.error_pages import bad_request, for_a_person, of_status
from shopflow.observability import metrics
from shopflow.observability.access import log_request

GetResponse = Callable[[HttpRequest], HttpResponseBase]
SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
INSIDE = ("/health", "/metrics", "/.well-known/jwks.json")
"""What operators, the gateway and the other services ask every few seconds: those lines are for who debugs."""


class RequestMiddleware:
    """The outermost one, so that its id is on every line and every answer."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.seconds = settings.REQUEST_TIME_LIMIT

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = perf_counter()
        request_id = id_of(request)
        with calling_as(Caller(request_id=request_id)), time_limit(self.seconds):
            response = self.get_response(request)
            if response.status_code >= 400 and not for_a_person(request):
                response = without_html(response)
            response.headers["X-Request-ID"] = request_id
            record(request, response.status_code, perf_counter() - started)
        return response


def id_of(request: HttpRequest) -> str:
    given = request.META.get("HTTP_X_REQUEST_ID", "")
    return given if SANE_ID.fullmatch(given) else uuid4().hex


def without_html(response: HttpResponseBase) -> HttpResponseBase:
    """Some of Django's own refusals are pages for a browser: the API says the same as a problem."""
    if "json" in response.headers.get("Content-Type", ""):
        return response
    said = of_status(response.status_code)
    if "Allow" in response.headers:
        said.headers["Allow"] = response.headers["Allow"]
    return said


def record(request: HttpRequest, status: int, seconds: float) -> None:
    """The request's line in the log and in the metrics: its route, never its raw path, which can hold anything."""
    match = request.resolver_match
    route = f"/{match.route}" if match else "-"
    method = request.method if request.method in METHODS else "OTHER"
    metrics.observe_request(method, route, status, seconds)
    level = DEBUG if route.startswith(INSIDE) else INFO
    log_request(level=level, method=method, route=route, status=status, seconds=seconds)


class KnownHosts(CommonMiddleware):
    """Refuses hosts that are not ours, except inside: an orchestrator asks each process by its IP address, and the
    other services ask for the public keys by whatever name users has among them.
    """

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        return None if asked_inside(request) else super().process_request(request)


def asked_inside(request: HttpRequest) -> bool:
    return request.path_info in INSIDE or request.path_info.startswith("/health/")


class BodyLimit:
    """The last, so that its refusals get the headers that the others set. Nobody has read the body before it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return refuse_body(request) or self.get_response(request)


class BackOfficeOnly(MiddlewareMixin):
    """Sessions, users and messages are for the back office: the API knows its caller by a token."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        return super().__call__(request) if for_a_person(request) else self.get_response(request)


class BackOfficeQuery(BackOfficeOnly):
    """The filters of the admin's lists would hand a NUL to the database, which cannot take it."""

    def process_request(self, request: HttpRequest) -> HttpResponseBase | None:
        if "%00" not in request.META.get("QUERY_STRING", ""):
            return None
        return bad_request(request, SuspiciousOperation("a NUL in the query"))


class BackOfficeSession(BackOfficeOnly, SessionMiddleware): ...


class BackOfficeUser(BackOfficeOnly, AuthenticationMiddleware): ...


class BackOfficeMessages(BackOfficeOnly, MessageMiddleware): ...
