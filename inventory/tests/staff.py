"""Members of staff at their browsers."""

from __future__ import annotations

from typing import Any

from django.test import Client

from shopflow.back_office.tests.people import member


def browser_of(*groups: str, **more: Any) -> Client:
    """In which a member of these groups has logged in."""
    client = Client()
    client.force_login(member(*groups, **more))
    return client
