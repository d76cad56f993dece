"""What Envoy answers itself, in the words of the API's own problems (`shopflow/http/problems.py`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from contracts.errors import Failed, OutcomeUnknown, PeerUnavailable
from shopflow.http.error_pages import PLAIN
from shopflow.http.problems import RETRY_AFTER

CHALLENGE = {"WWW-Authenticate": "Bearer"}
LATER = {"Retry-After": RETRY_AFTER}
HEADERS_KIB = 32

REQUEST_ID = f"%COALESCE({json.dumps({'operators': [{'command': 'REQ', 'param': 'X-REQUEST-ID'}, 'UNIQUE_ID']})})%"
"""Of the request; one of its own for a request that could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """`when` is a condition in CEL, over what Envoy knows of its own answer."""

    when: str
    status: int
    code: str
    detail: str
    title: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def problem(self) -> dict[str, object]:
        title = self.title or HTTPStatus(self.status).phrase
        return problem(status=self.status, code=self.code, title=title, detail=self.detail)


def problem(*, status: int | str, code: str, title: str, detail: str) -> dict[str, object]:
    """The answer has got its X-Request-ID by the time that Envoy writes the body."""
    return {
        "type": f"urn:shopflow:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": "%RESP(X-REQUEST-ID)%",
    }


def _of_status(status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> Refusal:
    return Refusal(when=f"response.code == {status}", status=status, code=code, detail=detail, headers=headers or {})


def _failed(error: type[Failed], *, when: str, status: int = 503) -> Refusal:
    sentence = (error.__doc__ or "").strip()
    headers = LATER if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return Refusal(when=when, status=status, code=error.code, title=sentence, detail=sentence, headers=headers)


NOT_OURS = "response.code_details.startsWith('jwt_authn_access_denied{')"
NO_KEYS = "response.code_details.startsWith('jwt_authn_access_denied{Jwks_remote_fetch_is_failed')"
EXPIRED = "response.code_details.startsWith('jwt_authn_access_denied{Jwt_is_expired')"
BROKE_OFF = (
    "response.code_details.startsWith('upstream_reset_') && !response.code_details.contains('connection_failure')"
    " && !response.code_details.contains('connection_timeout') && !response.code_details.contains('overflow')"
)

REFUSALS = (
    _failed(PeerUnavailable, when=NO_KEYS),  # nobody could look at the token: that says nothing about it
    Refusal(when=EXPIRED, status=401, code="token_expired", detail="The access token has expired.", headers=CHALLENGE),
    Refusal(when=NOT_OURS, status=401, code="bad_token", detail="The access token is not valid.", headers=CHALLENGE),
    _of_status(400, *PLAIN[400]),
    _of_status(404, *PLAIN[404]),
    _of_status(408, "request_timeout", "The request took too long to arrive."),
    _of_status(413, "body_too_large", "A body may have 1 MiB at most."),
    _of_status(429, "throttled", "Request was throttled. Expected available in 1 second.", LATER),
    _of_status(431, "headers_too_large", f"The headers may have {HEADERS_KIB} KiB at most."),
    _failed(OutcomeUnknown, when=BROKE_OFF),
    _failed(PeerUnavailable, when="response.code == 503"),
    _failed(OutcomeUnknown, when="response.code == 504", status=504),
)
"""The first that applies counts."""

ANY_OTHER = problem(
    status="%RESPONSE_CODE%", code="refused", title="Refused", detail="The gateway cannot answer this request."
)
