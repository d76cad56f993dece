"""The back office's pages that belong to no one table. The site lets in only staff; each asks for its own right."""

from __future__ import annotations

from typing import Final

from django.urls import URLPattern

PAGES: Final[list[URLPattern]] = []
