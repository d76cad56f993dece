"""How much a request may send: DATA_UPLOAD_MAX_MEMORY_SIZE, however it announces it; staff with a file, more."""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO
from typing import Final

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse

from shopflow.http.error_pages import for_a_person, too_large
from shopflow.http.problems import problem

AT_ONCE: Final = 64 * 1024
READ_ON: Final = 100 * 1024 * 1024
"""Of what is refused, at most: nobody has the time for more."""


def refuse_body(request: HttpRequest) -> HttpResponse | None:
    """A problem where the body is too large or cannot be measured; None where it may be read."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if "HTTP_TRANSFER_ENCODING" in request.META:
        return _read_chunks(request)
    if not length or length == "0":
        return None
    if not (length.isascii() and length.isdecimal()):
        return problem(400, "bad_request", detail="Content-Length is not a number.")
    if len(length) <= 12 and (int(length) <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE or _is_upload(request, int(length))):
        return None
    if for_a_person(request) and request.user.is_staff:
        _read_on(request)
    return too_large(request)


def _read_on(request: HttpRequest) -> None:
    """A browser that is still sending when the connection ends shows nothing of the answer but that it ended."""
    left = READ_ON
    with suppress(OSError):
        while left > 0 and (chunk := request.read(min(left, AT_ONCE))):
            left -= len(chunk)


def _is_upload(request: HttpRequest, length: int) -> bool:
    """A file of somebody who has shown to be staff; Django writes it to a folder as it comes."""
    return for_a_person(request) and length <= settings.UPLOAD_BYTES and request.user.is_staff


def _read_chunks(request: HttpRequest) -> HttpResponse | None:
    """A chunked body has no length to trust: it is read here, as far as the limit, and then has one.

    Only a server that puts the chunks together may be read to the end; with any other, the length is required.
    """
    if not request.META.get("wsgi.input_terminated") or not isinstance(request, WSGIRequest):
        return problem(411, "length_required", detail="Send the body with a Content-Length.")
    try:
        body = request.META["wsgi.input"].read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    except OSError:
        return problem(400, "bad_request", detail="The body broke off.")
    if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        return too_large(request)
    request.META["CONTENT_LENGTH"] = str(len(body))
    request._stream = BytesIO(body)  # noqa: SLF001 - where Django itself puts it
    return None
