"""The door of the back office: a password, and a code after it where one is asked. In between, nobody is logged in."""

from __future__ import annotations

from time import time
from typing import Any, Final, NoReturn

from django.contrib.auth import login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from rest_framework.exceptions import Throttled

from contracts.back_office.theme import AuthenticationForm
from shopflow.back_office import door_log, lockout
from users import second_factor
from users.api.throttles import count_login
from users.models import User

HALFWAY: Final = "halfway_in"
HALFWAY_SECONDS: Final = 10 * 60
VERIFIED: Final = "second_factor_given"
BACKEND: Final = "django.contrib.auth.backends.ModelBackend"


class LoginForm(AuthenticationForm):
    """Each try counts, whichever door it comes to; failures count once more, towards a lock-out."""

    request: HttpRequest  # which Django's form can do without, but its view always gives
    retry_after: int | None = None
    halfway: User | None = None
    """Whose password was right, and of whom a code is asked."""

    def clean(self) -> dict[str, Any]:
        email = self.cleaned_data.get("username", "")
        try:
            count_login(self.request, email=email)
        except Throttled as refused:
            self.refuse(refused.wait)  # type: ignore[attr-defined]  # its stub has forgotten it
        if lockout.is_locked_out(self.request, email):
            self.refuse(lockout.seconds())
        return super().clean()

    def confirm_login_allowed(self, user: User) -> None:
        super().confirm_login_allowed(user)
        if second_factor.is_asked_of(user):
            self.halfway = user
            raise ValidationError("A code is asked.", code="second_factor")

    def refuse(self, seconds: int) -> NoReturn:
        self.retry_after = seconds
        raise ValidationError(f"Too many tries. Try again in {seconds} seconds.", code="throttled")


def let_halfway_in(request: HttpRequest, user: User) -> HttpResponseRedirect:
    """In a session of its own: nobody gets a key that another has given them."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    request.session.flush()
    request.session[HALFWAY] = {
        "user": user.pk,
        "hash": user.get_session_auth_hash(),
        "until": int(time()) + HALFWAY_SECONDS,
        "next": wanted,
    }
    return redirect("admin:login_code" if second_factor.is_set_up(user.pk) else "admin:second_factor_set_up")


def halfway_in(request: HttpRequest) -> User | None:
    """Whose password this session has given, a while ago at most and unless it has changed since."""
    state = request.session.get(HALFWAY)
    if state is None or state["until"] < time():
        return None
    user = User.objects.filter(pk=state["user"], is_active=True, is_staff=True).first()
    return user if user and user.get_session_auth_hash() == state["hash"] else None


def let_in(request: HttpRequest, user: User, *, how: str) -> str:
    """The rest of the way; where to go then. The session gets a new key."""
    wanted = request.session.pop(HALFWAY)["next"]
    login(request, user, backend=BACKEND)
    request.session[VERIFIED] = True
    door_log.note(user, f"Logged in with {how}.")
    allowed = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if allowed else reverse("admin:index")


def too_many(response: HttpResponse, seconds: int) -> HttpResponse:
    response.status_code = 429
    response.headers["Retry-After"] = str(seconds)
    return response
