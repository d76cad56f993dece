"""What travels beside a call: on whose behalf it is made, and its trace. Who makes it, only a certificate says."""

from __future__ import annotations

import re
from collections.abc import Iterable

from opentelemetry.propagate import inject

from contracts.caller import Caller, current_caller

REQUEST_ID = "x-request-id"
USER_ID = "x-user-id"
A_USER_ID = re.compile(r"[0-9]{1,18}", re.ASCII)

Metadata = tuple[tuple[str, str], ...]


def outgoing() -> Metadata:
    carrier: dict[str, str] = {}
    inject(carrier)
    caller = current_caller()
    if caller.request_id is not None:
        carrier[REQUEST_ID] = caller.request_id
    if caller.user_id is not None:
        carrier[USER_ID] = str(caller.user_id)
    return tuple(carrier.items())


def incoming(metadata: Iterable[tuple[str, str | bytes]]) -> dict[str, str]:
    return {key: value for key, value in metadata if isinstance(value, str)}


def caller_from(carrier: dict[str, str], *, service: str) -> Caller:
    """What is no user's id is left out."""
    user_id = carrier.get(USER_ID, "")
    return Caller(
        service=service,
        user_id=int(user_id) if A_USER_ID.fullmatch(user_id) else None,
        request_id=carrier.get(REQUEST_ID),
    )
