"""Who fails to log in too often from one address has to wait: what django-axes asks, counts and is told.

It is for the back office alone. Before it, the throttle that the API's login shares slows down every try; this counts
failures, of passwords and of second factors alike, and keeps them in the database, for all processes together.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from axes.signals import user_locked_out
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.db.models.functions import Now
from django.dispatch import receiver
from django.http import HttpRequest

from shopflow.back_office import door_log
from users.api.throttles import network_of
from users.models import User, normalise_email
from users.selectors import user_by_email


def account(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """As axes counts it: whatever its case."""
    given = (credentials or {}).get("username") or request.POST.get("username") or ""
    return normalise_email(str(given)).lower().replace("\x00", "")[:255]


def address(request: HttpRequest) -> str | None:
    """The one that the throttles of the API go by: behind trusted proxies, what they say."""
    try:
        return str(ip_address(network_of(request)))
    except ValueError:
        return None


def is_locked_out(request: HttpRequest, email: str) -> bool:
    return not AxesProxyHandler.is_allowed(request, {"username": email})


def count_failure(request: HttpRequest, user: User) -> None:
    """Of a second factor, as if it had been the password."""
    user_login_failed.send(sender=__name__, credentials={"username": user.email}, request=request)


def seconds() -> int:
    return int(settings.AXES_COOLOFF_TIME.total_seconds())


def unlock(email: str | None, ip: str | None) -> int:
    return int(AccessAttempt.objects.filter(username=email, ip_address=ip).delete()[0])


def purge_failed_logins() -> int:
    """Once they no longer lock anybody out, addresses and names have no business here."""
    old = AccessAttempt.objects.filter(attempt_time__lt=Now() - settings.AXES_COOLOFF_TIME)
    return int(old.delete()[0])


@receiver(user_locked_out, dispatch_uid="note_lockout")
def note_lockout(*, username: str | None = None, **kwargs: Any) -> None:
    user = user_by_email(username or "")
    if user is not None and user.is_staff:
        door_log.note(user, f"Locked out after {settings.AXES_FAILURE_LIMIT} failed tries to log in.")
