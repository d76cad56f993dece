"""Which form a body has. The API speaks JSON, and who says so, or says nothing, has it at once: weighing the words of
the headers costs as much as rendering an order.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, cast

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

ANYTHING: Final = "*/*"


class TheObviousFirst(DefaultContentNegotiation):
    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        offered = list(parsers)
        if offered[0].media_type == request.content_type:
            return offered[0]
        return super().select_parser(request, offered)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        offered = list(renderers)
        first, accepted = offered[0], request.META.get("HTTP_ACCEPT", ANYTHING)
        if accepted in (ANYTHING, first.media_type) and "format=" not in request.META["QUERY_STRING"]:
            return first, str(first.media_type)
        return cast("tuple[BaseRenderer, str]", super().select_renderer(request, offered, format_suffix))
