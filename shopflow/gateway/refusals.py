"""What Envoy answers itself, in the words of the API's own problems (`shopflow/http/problems.py`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from contracts.errors import DeadlineExceeded, Failed, OutcomeUnknown, PeerUnavailable
from shopflow.gateway.routes import ROUTES
from shopflow.http.error_pages import PLAIN
from shopflow.http.problems import RETRY_AFTER

CHALLENGE = {"WWW-Authenticate": "Bearer"}
LATER = {"Retry-After": RETRY_AFTER}
HARDENED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
"""On each answer, as Django sets them."""
HEADERS_KIB = 32

NOT_BAD = (
    "Jwt is missing",
    "Jwt is expired",  # which has a policy of its own
    "Jwks doesn't have key to match kid or alg from Jwt",  # perhaps the key is newer than those that are here
    "Jwks remote fetch is failed",
)
"""How Envoy says that it has not found a token to be bad."""

REQUEST_ID = f"%COALESCE({json.dumps({'operators': [{'command': 'REQ', 'param': 'X-REQUEST-ID'}, 'UNIQUE_ID']})})%"
"""Of the request; one of its own for a request that could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """`when` is a condition in CEL, over what Envoy knows of its own answer."""

    when: str
    status: int | None
    """None: whatever Envoy has."""
    code: str
    detail: str
    title: str = ""
    own_headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def headers(self) -> dict[str, str]:
        return {"X-Request-ID": REQUEST_ID, **HARDENED, **self.own_headers}

    @property
    def problem(self) -> dict[str, object]:
        """With Envoy's placeholders. By the time that it writes the body, the answer has got its X-Request-ID."""
        return {
            "type": f"urn:shopflow:problem:{self.code}",
            "title": self.title or HTTPStatus(self.status or 0).phrase,
            "status": self.status or "%RESPONSE_CODE%",
            "detail": self.detail,
            "code": self.code,
            "request_id": "%RESP(X-REQUEST-ID)%",
        }


def _of_status(status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> Refusal:
    return Refusal(
        when=f"response.code == {status}", status=status, code=code, detail=detail, own_headers=headers or {}
    )


def _of_token(code: str, detail: str) -> Refusal:
    """The code is the name of the policy, too, by which Envoy refuses."""
    when = f"response.code_details == 'rbac_access_denied_matched_policy[{code}]'"
    return Refusal(when=when, status=401, code=code, detail=detail, own_headers=CHALLENGE)


def _failed(error: type[Failed], *, when: str, status: int = 503, again: bool = True) -> Refusal:
    """`again`: whether to ask once more can do no harm."""
    sentence = (error.__doc__ or "").strip()
    headers = LATER if again and status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return Refusal(when=when, status=status, code=error.code, title=sentence, detail=sentence, own_headers=headers)


BROKE_OFF = (
    "response.code_details.startsWith('upstream_reset_') && !response.code_details.contains('connection_failure')"
    " && !response.code_details.contains('connection_timeout') && !response.code_details.contains('overflow')"
)

READS = "request.method in ['GET', 'HEAD', 'OPTIONS']"
"""What broke off has changed nothing."""
_keyed_paths = "|".join(route.path for route in ROUTES if route.keyed)
KEYED = (
    "request.method == 'POST' && 'idempotency-key' in request.headers"
    f" && request.url_path.matches('^({_keyed_paths})$')"
)
"""To repeat it gives the first answer again."""

QUERY = "response.code_details == 'query_missing_content_type'"
CONNECT = "request.method == 'CONNECT'"
METHODS = {"Allow": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"}
"""Of all the API: where Envoy refuses a method it has not looked at the path."""

REFUSALS = (
    _of_token("token_expired", "The access token has expired."),
    _of_token("bad_token", "The access token is not valid."),
    Refusal(when=f"{QUERY} || {CONNECT}", status=405, code=PLAIN[405][0], detail=PLAIN[405][1], own_headers=METHODS),
    _of_status(400, *PLAIN[400]),
    _of_status(404, *PLAIN[404]),
    _of_status(408, "request_timeout", "The request took too long to arrive."),
    _of_status(413, "body_too_large", "A body may have 1 MiB at most."),
    _of_status(429, "throttled", "Request was throttled. Expected available in 1 second.", LATER),
    _of_status(431, "headers_too_large", f"The headers may have {HEADERS_KIB} KiB at most."),
    _failed(PeerUnavailable, when=f"{BROKE_OFF} && {READS}"),
    _failed(OutcomeUnknown, when=f"{BROKE_OFF} && {KEYED}"),
    _failed(OutcomeUnknown, when=BROKE_OFF, again=False),
    _failed(PeerUnavailable, when="response.code == 503"),
    _failed(DeadlineExceeded, when=f"response.code == 504 && {READS}", status=504),
    _failed(OutcomeUnknown, when="response.code == 504", status=504),
    Refusal(
        when="true", status=None, code="refused", title="Refused", detail="The gateway cannot answer this request."
    ),
)
"""The first that applies counts."""
