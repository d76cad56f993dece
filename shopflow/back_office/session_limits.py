"""How long a member of staff stays logged in: until they go idle, and a working day at most."""

from __future__ import annotations

from time import time
from typing import Final

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.sessions.models import Session
from django.db.models.functions import Now
from django.http import HttpRequest

from shopflow.http.middleware import BackOfficeOnly

BEGAN: Final = "began_at"
SEEN: Final = "seen_at"
POLLED: Final = "HX-Request"
"""Of what a page asks by itself, for as long as something is under way: nobody need be there."""


def purge_sessions() -> int:
    """Of those that nobody logged out of."""
    return Session.objects.filter(expire_date__lt=Now()).delete()[0]


class SessionLimits(BackOfficeOnly):
    """What ends with it is the session itself; the cookie ends when the browser closes."""

    def process_request(self, request: HttpRequest) -> None:
        session = request.session
        if session.is_empty() or not request.user.is_authenticated:
            return
        now = int(time())
        began, seen = session.get(BEGAN), session.get(SEEN)
        if began is None or seen is None:
            session[BEGAN] = session[SEEN] = now
        elif now - began >= settings.SESSION_COOKIE_AGE or now - seen >= settings.SESSION_IDLE_SECONDS:
            logout(request)
        elif now - seen >= settings.SESSION_NOTED_SECONDS and POLLED not in request.headers:
            session[SEEN] = now
