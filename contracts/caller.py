"""Who is asking, and on behalf of which request: it travels with every call and every event."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """`service` is the calling process's own name; `user_id` and `request_id` come from the request it serves."""

    service: str = "shopflow"
    user_id: int | None = None
    request_id: str | None = None


_caller: ContextVar[Caller] = ContextVar("caller", default=Caller())  # noqa: B039 - it is frozen


def current_caller() -> Caller:
    return _caller.get()


def identify(user_id: int) -> None:
    """The caller under way turns out to be this user: known from here to the end of the `calling_as` around it."""
    _caller.set(replace(_caller.get(), user_id=user_id))


@contextmanager
def calling_as(caller: Caller) -> Iterator[None]:
    token = _caller.set(caller)
    try:
        yield
    finally:
        _caller.reset(token)
