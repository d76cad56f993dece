"""Every error a contract can answer with.

ContractError
├── Refused                 the peer ran, said no, and changed nothing
│   ├── Invalid             the request itself is wrong
│   │   └── MalformedRequest    it is not even one
│   ├── Precondition        right in itself, not in the present state
│   ├── NotFound
│   ├── AlreadyExists
│   ├── Conflict            it clashes with something under way
│   ├── Unauthenticated
│   └── Forbidden
│       └── CallerNotAllowed    the method is not for this service
└── Failed                  nobody said no; the call itself broke
    ├── DeadlineExceeded    no time was left; the call was never made
    ├── PeerUnavailable     the peer was not reached; the call never ran
    ├── OutcomeUnknown      the peer may have run it
    └── Internal            the peer broke

A concrete error is a class with facts: its docstring is the message, `code` is stable, its annotated fields travel with
it over every transport and come back as the same class with the same facts.
"""

from __future__ import annotations

import dataclasses
from enum import Enum
from typing import Any, ClassVar, dataclass_transform


class Status(Enum):
    """The canonical gRPC code of an error, with the HTTP status that Google's API guide gives it."""

    UNKNOWN = (2, 500)
    INVALID_ARGUMENT = (3, 400)
    DEADLINE_EXCEEDED = (4, 504)
    NOT_FOUND = (5, 404)
    ALREADY_EXISTS = (6, 409)
    PERMISSION_DENIED = (7, 403)
    FAILED_PRECONDITION = (9, 400)
    ABORTED = (10, 409)
    INTERNAL = (13, 500)
    UNAVAILABLE = (14, 503)
    UNAUTHENTICATED = (16, 401)

    @property
    def grpc(self) -> int:
        return self.value[0]

    @property
    def http(self) -> int:
        return self.value[1]


@dataclass_transform(kw_only_default=True)
class ContractError(Exception):
    """The root of all errors that cross a context's border."""

    code: ClassVar[str] = "error"
    status: ClassVar[Status] = Status.INTERNAL

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        dataclasses.dataclass(kw_only=True, eq=True, unsafe_hash=True)(cls)

    @property
    def message(self) -> str:
        return (type(self).__doc__ or self.code).strip().partition("\n")[0]

    @property
    def facts(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}  # type: ignore[arg-type]

    def __str__(self) -> str:
        plain = {name: value.value if isinstance(value, Enum) else value for name, value in self.facts.items()}
        facts = ", ".join(f"{name}={value!r}" for name, value in plain.items())
        return f"{self.message} ({facts})" if facts else self.message

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.facts)


def _rebuild(cls: type[ContractError], facts: dict[str, Any]) -> ContractError:
    return cls(**facts)


class Refused(ContractError):
    """The request was refused."""

    code = "refused"


class Invalid(Refused):
    """The request is invalid."""

    code = "invalid"
    status = Status.INVALID_ARGUMENT


class Precondition(Refused):
    """The request does not fit the present state."""

    code = "failed_precondition"
    status = Status.FAILED_PRECONDITION


class NotFound(Refused):
    """There is no such thing."""

    code = "not_found"
    status = Status.NOT_FOUND


class AlreadyExists(Refused):
    """It exists already."""

    code = "already_exists"
    status = Status.ALREADY_EXISTS


class Conflict(Refused):
    """The request clashes with another one."""

    code = "conflict"
    status = Status.ABORTED


class Unauthenticated(Refused):
    """The credentials are missing or wrong."""

    code = "unauthenticated"
    status = Status.UNAUTHENTICATED


class Forbidden(Refused):
    """The caller may not do this."""

    code = "forbidden"
    status = Status.PERMISSION_DENIED


class CallerNotAllowed(Forbidden):
    """This service may not call this method."""

    code = "caller_not_allowed"
    method: str
    caller: str


class MalformedRequest(Invalid):
    """The request cannot be read."""

    code = "malformed_request"
    method: str


class Failed(ContractError):
    """The call failed."""

    code = "failed"


class DeadlineExceeded(Failed):
    """No time was left to make the call."""

    code = "deadline_exceeded"
    status = Status.DEADLINE_EXCEEDED
    method: str


class PeerUnavailable(Failed):
    """A service that this needs cannot be reached."""

    code = "peer_unavailable"
    status = Status.UNAVAILABLE
    peer: str


class OutcomeUnknown(Failed):
    """A service did not answer; the call may have been carried out."""

    code = "outcome_unknown"
    status = Status.UNKNOWN
    http_status: ClassVar[int] = 503
    """To whoever stands outside it is an outage: the database was lost, or the answer never came. Try again."""
    method: str


class Internal(Failed):
    """Something went wrong on our side."""

    code = "internal"
    status = Status.INTERNAL
    method: str


class TransactionOpen(RuntimeError):
    """A call to another context was made inside atomic(): the day of the split would break it.

    A mistake of the programmer, so no ContractError: no caller is expected to handle it.
    """
