"""URLs of the users context."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
