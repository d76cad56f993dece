"""Ways to the pages of other contexts: only to those that are there, and that whoever looks may open."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse


def link(request: HttpRequest, page: str, *args: object, needs: str, **query: object) -> str:
    """The address of `admin:page`, or nothing."""
    if not request.user.has_perm(needs):
        return ""
    try:
        address = reverse(f"admin:{page}", args=args)
    except NoReverseMatch:
        return ""
    return f"{address}?{urlencode(query)}" if query else address
