"""What is neither a context's API nor the back office."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
