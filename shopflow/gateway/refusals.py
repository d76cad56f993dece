"""What Envoy answers itself, in the words of the API's own problems (`shopflow/http/problems.py`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from contracts.errors import DeadlineExceeded, OutcomeUnknown, PeerUnavailable
from shopflow.http.error_pages import PLAIN
from shopflow.http.problems import RETRY_AFTER

CHALLENGE = {"WWW-Authenticate": "Bearer"}
LATER = {"Retry-After": RETRY_AFTER}


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
        """With Envoy's own placeholders."""
        return {
            "type": f"urn:shopflow:problem:{self.code}",
            "title": self.title or HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "request_id": "%REQ(X-REQUEST-ID)%",
        }


def _plain(status: int, *, when: str | None = None) -> Refusal:
    code, detail = PLAIN[status]
    return Refusal(when=when or f"response.code == {status}", status=status, code=code, detail=detail)


def _failed(error: type[PeerUnavailable | OutcomeUnknown | DeadlineExceeded], *, when: str, status: int) -> Refusal:
    sentence = (error.__doc__ or "").strip()
    headers = LATER if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return Refusal(when=when, status=status, code=error.code, title=sentence, detail=sentence, headers=headers)


REFUSALS = (
    Refusal(
        when="response.code_details == 'jwt_authn_access_denied{Jwt_is_expired}'",
        status=401,
        code="token_expired",
        detail="The access token has expired.",
        headers=CHALLENGE,
    ),
    _failed(  # nobody has been able to look at the token: the users service was never reached
        PeerUnavailable,
        when="response.code_details.startsWith('jwt_authn_access_denied{Jwks_remote_fetch')",
        status=503,
    ),
    Refusal(
        when="response.code_details.startsWith('jwt_authn_access_denied')",
        status=401,
        code="bad_token",
        detail="The access token is not valid.",
        headers=CHALLENGE,
    ),
    _plain(400),
    _plain(404),
    _plain(405),
    Refusal(
        when="response.code == 408", status=408, code="request_timeout", detail="The request took too long to arrive."
    ),
    Refusal(when="response.code == 413", status=413, code="body_too_large", detail="A body may have 1 MiB at most."),
    Refusal(
        when="response.code == 429",
        status=429,
        code="throttled",
        detail="Request was throttled. Expected available in 1 second.",
        headers=LATER,
    ),
    Refusal(
        when="response.code == 431", status=431, code="headers_too_large", detail="The headers may have 32 KiB at most."
    ),
    _failed(
        OutcomeUnknown, when="response.code_details.startsWith('upstream_reset_after_response_started')", status=503
    ),
    _failed(OutcomeUnknown, when="response.code_details.contains('connection_termination')", status=503),
    _failed(PeerUnavailable, when="response.code == 503", status=503),
    _failed(DeadlineExceeded, when="response.code == 504", status=504),
    _plain(500, when="true"),
)
"""The first that applies counts."""
