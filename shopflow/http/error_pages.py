"""What Django answers where no view of the API does: problems, except to the browser of the back office."""

from __future__ import annotations

import sys
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost, RequestDataTooBig
from django.core.signals import got_request_exception
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views import defaults
from structlog import get_logger

from shopflow.http.problems import RETRY_AFTER, is_database_outage, is_foreseen, problem, problem_of

logger = get_logger(__name__)

BACK_OFFICE = "/admin/"
UNAVAILABLE = """<!doctype html>
<html lang="en"><head><title>Unavailable</title></head>
<body><h1>The database cannot be reached</h1>
<p>Please try again shortly. What you asked for may have been carried out.</p></body></html>
"""
TOO_LARGE = """<!doctype html>
<html lang="en"><head><title>Too large</title></head>
<body><h1>This is too large</h1>
<p>A file may have 20 MiB at most. Split it, and upload the parts one by one.</p></body></html>
"""
PLAIN = {
    400: ("bad_request", "The request cannot be understood."),
    403: ("forbidden", "You may not do this."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not know the method."),
    500: ("internal", "Something went wrong on our side; the request id finds it in our logs."),
}


def for_a_person(request: HttpRequest) -> bool:
    return request.path_info.startswith(BACK_OFFICE) and "backoffice" in settings.SERVE


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if for_a_person(request):
        return defaults.bad_request(request, exception)
    if isinstance(exception, RequestDataTooBig):
        return too_large(request)
    if isinstance(exception, DisallowedHost):
        return problem(400, "unknown_host", detail="This shop does not answer to the host in the request.")
    return of_status(400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if for_a_person(request):
        return defaults.permission_denied(request, exception)
    return of_status(403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if for_a_person(request):
        return defaults.page_not_found(request, exception)
    return of_status(404)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Django calls this while it handles the exception, wherever that came from: a view or a middleware."""
    error = sys.exc_info()[1]
    said = problem_of(error) or of_status(500)
    if not for_a_person(request):
        return said
    if not is_database_outage(error):
        return defaults.server_error(request)
    return HttpResponse(UNAVAILABLE, status=503, headers={"Retry-After": RETRY_AFTER})


@receiver(got_request_exception)
def log_bug(request: HttpRequest, **kwargs: Any) -> None:
    """With DEBUG on, Django does not come to `server_error`; it does come here."""
    error = sys.exc_info()[1]
    told = is_database_outage(error) if for_a_person(request) else is_foreseen(error)
    if not told:
        logger.error("request failed", exc_info=error)


def of_status(status: int) -> HttpResponse:
    """For a refusal of which no more than its status is known."""
    code, detail = PLAIN.get(status, ("refused", HTTPStatus(status).description or "Refused."))
    return problem(status, code, detail=detail)


def too_large(request: HttpRequest) -> HttpResponse:
    if for_a_person(request):
        return HttpResponse(TOO_LARGE, status=413)
    return problem(413, "body_too_large", detail="A body may have 1 MiB at most.")
