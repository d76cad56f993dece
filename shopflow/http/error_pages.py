"""What Django answers where no view of the API does: problems, except to the browser of the back office."""

from __future__ import annotations

import sys

from django.core.exceptions import DisallowedHost, RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views import defaults
from structlog import get_logger

from shopflow.http.problems import problem, problem_of

logger = get_logger(__name__)

BACK_OFFICE = "/admin/"


def for_a_person(request: HttpRequest) -> bool:
    return request.path_info.startswith(BACK_OFFICE)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if for_a_person(request):
        return defaults.bad_request(request, exception)
    if isinstance(exception, RequestDataTooBig):
        return too_large()
    if isinstance(exception, DisallowedHost):
        return problem(400, "unknown_host", detail="This shop does not answer to the host in the request.")
    return problem(400, "bad_request", detail="The request cannot be understood.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if for_a_person(request):
        return defaults.permission_denied(request, exception)
    return problem(403, "forbidden", detail="You may not do this.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if for_a_person(request):
        return defaults.page_not_found(request, exception)
    return problem(404, "not_found", detail="There is nothing at this address.")


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Django calls this while it handles the exception, wherever that came from: a view or a middleware."""
    error = sys.exc_info()[1]
    known = problem_of(error)
    if known is None:
        logger.error("request failed", exc_info=error)
    if for_a_person(request):
        return defaults.server_error(request)
    return known or internal_error()


def internal_error() -> HttpResponse:
    return problem(500, "internal", detail="Something went wrong on our side; the request id finds it in our logs.")


def too_large() -> HttpResponse:
    return problem(413, "body_too_large", detail="A body may have 1 MiB at most.")
