"""The way to a page, in the words of the sidebar: what Django calls an app or a model means nothing to staff."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse

from shopflow.back_office import sidebar

register = template.Library()


@register.filter
def as_in_sidebar(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without the app, which is no page of ours; a list is called what leads to it."""
    names = {reverse(item.url): item.title for items in sidebar.GROUPS.values() for item in items}
    shown = [part for part in parts if not _is_app(part)]
    return [{**part, "title": names.get(str(part.get("link", "")), part["title"])} for part in shown]


def _is_app(part: dict[str, Any]) -> bool:
    """`/admin/orders/`: one step below the dashboard."""
    below = str(part.get("link", "")).removeprefix(reverse("admin:index"))
    return below.count("/") == 1
