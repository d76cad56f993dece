"""How many bytes the messages of a call take: told by what carries them, or weighed where nothing is carried."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from contracts.base import Method
from contracts.transport.codec import codec_of

Sizes = tuple[int, int]
"""Of the request and of the response, in bytes."""

CARRIED: ContextVar[Sizes | None] = ContextVar("carried", default=None)
"""What the call under way took; `interceptors.measured` reads it when the call is over."""


def carried(request: bytes, response: bytes) -> None:
    """A transport says what it sent and got: it knows for free what others would have to encode for."""
    CARRIED.set((len(request), len(response)))


def scales(method: Method) -> Callable[[Any, Any], Sizes | None]:
    """Weighs a request and its response as the codec would send them."""
    request_codec, response_codec = codec_of(method.request), codec_of(method.response)

    def weigh(request: Any, response: Any) -> Sizes | None:
        try:
            return len(request_codec.encode(request)), len(response_codec.encode(response))
        except (TypeError, ValueError):
            return None  # what cannot be sent has no size; `strict` is there to refuse it

    return weigh
