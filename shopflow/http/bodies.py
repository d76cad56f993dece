"""How much a request may send: no more than DATA_UPLOAD_MAX_MEMORY_SIZE, however it announces it."""

from __future__ import annotations

from io import BytesIO

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse

from shopflow.http.error_pages import too_large
from shopflow.http.problems import problem


def refuse_body(request: HttpRequest) -> HttpResponse | None:
    """A problem where the body is too large or cannot be measured; None where it may be read."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if "HTTP_TRANSFER_ENCODING" in request.META:
        return _read_chunks(request)
    if not length or length == "0":
        return None
    if not (length.isascii() and length.isdecimal()):
        return problem(400, "bad_request", detail="Content-Length is not a number.")
    return too_large() if len(length) > 12 or int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE else None


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
        return too_large()
    request.META["CONTENT_LENGTH"] = str(len(body))
    request._stream = BytesIO(body)  # noqa: SLF001 - where Django itself puts it
    return None
