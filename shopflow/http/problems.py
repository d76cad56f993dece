"""Every error leaves as application/problem+json (RFC 9457): a stable `code` for programs, sentences for people."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from itertools import islice
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError, connections
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions
from rest_framework.permissions import SAFE_METHODS
from structlog import get_logger

from contracts.caller import current_caller
from contracts.errors import ContractError, Failed, OutcomeUnknown
from shopflow.lost_connections import note_loss

logger = get_logger(__name__)

CONTENT_TYPE = "application/problem+json"
DATABASE_ERRORS = (OperationalError, InterfaceError)
RETRY_AFTER = "1"
"""Seconds: an embedded or a failed-over PostgreSQL is back in about one."""
MOST_MESSAGES = 100
"""A list of 100,000 wrong items gets this many messages."""
OUR_CODES = {
    "authentication_failed": "unauthenticated",
    "not_authenticated": "unauthenticated",
    "parse_error": "malformed_json",
    "permission_denied": "forbidden",
}


def problem(
    status: int,
    code: str,
    *,
    detail: str,
    title: str | None = None,
    members: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """The answer that says what went wrong; `members` stand beside the standard ones."""
    standard = {
        "type": f"urn:shopflow:problem:{code}",
        "title": title or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": current_caller().request_id,
    }
    body = json.dumps({**standard, **(members or {}), **standard}, default=_plain, separators=(",", ":"))
    return HttpResponse(body, status=status, content_type=CONTENT_TYPE, headers=headers)


def exception_handler(error: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """Django REST framework's hook. What nobody foresaw goes on to `error_pages.server_error`, with its stack."""
    view = context["view"]
    again = _repeatable(context["request"], view)
    return problem_of(error, invalid_status=getattr(view, "invalid_status", 400), again=again)


def _repeatable(request: HttpRequest, view: object) -> bool:
    """Whether to ask again at once can do no harm. A key counts where the view says that it looks at it: `keyed`."""
    keyed = getattr(view, "keyed", False) and request.method == "POST" and "Idempotency-Key" in request.headers
    return request.method in SAFE_METHODS or keyed


def problem_of(  # noqa: PLR0911 - a table
    error: BaseException | None, *, invalid_status: int = 400, again: bool = True
) -> HttpResponse | None:
    """The problem that an error stands for, or None where it stands for a mistake of ours.

    `again`: whether it does no harm to ask once more, though what was asked may have been carried out.
    """
    match error:
        case Http404():
            return problem(404, "not_found", detail="There is nothing at this address.")
        case PermissionDenied():
            return problem(403, "forbidden", detail="You may not do this.")
        case exceptions.ValidationError():
            return _invalid(error, getattr(error, "http_status", invalid_status))
        case exceptions.APIException():
            return _framework_problem(error)
        case _ if is_database_outage(error):
            return database_unavailable(error, again=again)
        case ContractError():
            return _contract_problem(error, again=again)
    return None


def is_foreseen(error: BaseException | None) -> bool:
    """Whether it is part of how the shop works, and no bug."""
    return isinstance(error, (ContractError, exceptions.APIException)) or is_database_outage(error)


def is_database_outage(error: BaseException | None) -> bool:
    """Of this context's own database. Another's comes as a failure of the call, the same in one process and in many."""
    return isinstance(error, DATABASE_ERRORS)


def database_unavailable(error: BaseException | None, *, again: bool = True) -> HttpResponse:
    """503, with this thread's connections closed, and the others' before their next request: those open new ones."""
    logger.warning("database unavailable", error=type(error).__name__)
    _close_connections()
    return problem(
        503,
        "database_unavailable",
        title="The database cannot be reached.",
        detail=f"{'Try again shortly. ' if again else ''}What was asked may have been carried out.",
        headers={"Retry-After": RETRY_AFTER} if again else None,
    )


def _close_connections() -> None:
    note_loss()
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()


def _contract_problem(error: ContractError, *, again: bool) -> HttpResponse:
    status = getattr(error, "http_status", error.status.http)
    if not isinstance(error, Failed):
        headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else None
        return problem(status, error.code, title=error.message, detail=str(error), members=error.facts, headers=headers)
    if isinstance(error.__cause__, DATABASE_ERRORS):
        _close_connections()
    wait = status == HTTPStatus.SERVICE_UNAVAILABLE and (again or not isinstance(error, OutcomeUnknown))
    headers = {"Retry-After": RETRY_AFTER} if wait else None
    return problem(status, error.code, title=error.message, detail=error.message, headers=headers)


def _framework_problem(error: exceptions.APIException) -> HttpResponse:
    code = error.get_codes()
    code = code if isinstance(code, str) else error.default_code
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if (wait := getattr(error, "wait", None)) is not None:
        headers["Retry-After"] = f"{wait:.0f}"
    detail = str(error.detail) if isinstance(error.detail, str) else str(error.default_detail)
    return problem(error.status_code, OUR_CODES.get(code, code), detail=detail, headers=headers)


def _invalid(error: exceptions.ValidationError, status: int) -> HttpResponse:
    errors: dict[str, list[str]] = {}
    for name, message in islice(_messages(error.detail), MOST_MESSAGES):
        errors.setdefault(name or "body", []).append(message)
    detail = "; ".join(f"{name}: {' '.join(messages)}" for name, messages in islice(errors.items(), 3))
    return problem(status, "invalid", title="The request is invalid.", detail=detail, members={"errors": errors})


def _messages(detail: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """(`items.0.quantity`, message), one by one, however deep the serializers are nested."""
    if isinstance(detail, str):
        yield path, str(detail)
        return
    below = detail.items() if isinstance(detail, Mapping) else enumerate(detail)
    for name, inner in below:
        own = path if isinstance(inner, str) and not isinstance(detail, Mapping) else f"{path}.{name}".lstrip(".")
        yield from _messages(inner, own)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
