"""Every no of the users context that stays inside its own API.

Refused
├── AlreadyExists
│   ├── EmailTaken
│   ├── UsernameTaken
│   └── NotStaff
├── NotFound
│   ├── EndpointNotFound
│   └── DeliveryNotFound
├── Conflict
│   ├── EndpointDisabled
│   └── DeliveryUnderWay
├── Unauthenticated
│   ├── BadCredentials
│   ├── CodeRefused
│   ├── AccountClosed
│   ├── BadToken
│   ├── TokenExpired
│   ├── TokenReused
│   └── TokenRevoked
└── Invalid
    ├── NoEmail
    └── RefusedFields
        ├── PasswordRefused
        └── EndpointRefused
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from contracts.errors import AlreadyExists, Conflict, Invalid, NotFound, Unauthenticated


class EmailTaken(AlreadyExists):
    """An account with this email exists."""

    code = "email_taken"


class UsernameTaken(AlreadyExists):
    """The username is taken."""

    code = "username_taken"


class NotStaff(AlreadyExists):
    """The email belongs to an account that is not an active staff account."""

    code = "not_staff"


class BadCredentials(Unauthenticated):
    """The email or the password is wrong."""

    code = "bad_credentials"


class CodeRefused(Unauthenticated):
    """The code is wrong or was used before, or the one before it was wrong a moment ago: wait for the next."""

    code = "code_refused"


class AccountClosed(Unauthenticated):
    """The account is closed."""

    code = "account_closed"


class BadToken(Unauthenticated):
    """The token is not valid."""

    code = "bad_token"


class TokenExpired(Unauthenticated):
    """The token has expired."""

    code = "token_expired"


class TokenReused(Unauthenticated):
    """The refresh token was used before; every token of its login is revoked."""

    code = "token_reused"


class TokenRevoked(Unauthenticated):
    """The login that this token belongs to is over."""

    code = "token_revoked"


class NoEmail(Invalid):
    """An email address is needed."""

    code = "no_email"


class RefusedFields(Invalid):
    """Fields of the body were refused."""

    code = "invalid"
    http_status: ClassVar[int] = 422
    errors: Mapping[str, tuple[str, ...]]

    def __str__(self) -> str:
        return "; ".join(f"{field}: {' '.join(messages)}" for field, messages in self.errors.items())


class PasswordRefused(RefusedFields):
    """The password was refused."""


class EndpointRefused(RefusedFields):
    """Webhooks cannot go there."""


class EndpointNotFound(NotFound):
    """There is no such webhook endpoint."""

    code = "endpoint_not_found"
    endpoint_id: int


class DeliveryNotFound(NotFound):
    """There is no such delivery of a webhook."""

    code = "delivery_not_found"
    delivery_id: int


class EndpointDisabled(Conflict):
    """The webhook endpoint is disabled."""

    code = "endpoint_disabled"
    endpoint_id: int


class DeliveryUnderWay(Conflict):
    """The delivery is being sent at this moment."""

    code = "delivery_under_way"
    delivery_id: int
