"""The pages of the second factor: its code at the door, setting it up, replacing it and turning it off."""

from __future__ import annotations

from base64 import b32decode
from time import time
from typing import Any, Final

import qrcode
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from qrcode.image.svg import SvgPathImage

from contracts.back_office.theme import PasswordInput, TextInput
from shopflow.back_office import door_log, lockout
from shopflow.back_office.login import VERIFIED, halfway_in, let_in, too_many
from users import second_factor, services
from users.models import User

SECRET: Final = "new_second_factor"  # noqa: S105 - where the session keeps one until it is proven
PROVEN: Final = "second_factor_may_change_until"
PROVEN_SECONDS: Final = 10 * 60
WRONG: Final = "That code is not right, or was used before. Wait until the app shows the next one, and type that."


class CodeForm(forms.Form):
    code = forms.CharField(
        label="Code",
        max_length=40,
        help_text="The six digits that your authenticator app shows now, or one of your recovery codes.",
        widget=TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}),
    )


class ProofForm(forms.Form):
    """That it is you and not who found your screen unlocked."""

    password = forms.CharField(
        label="Your password", strip=False, widget=PasswordInput(attrs={"autocomplete": "current-password"})
    )
    code = forms.CharField(
        label="Code",
        max_length=40,
        help_text="The six digits that your authenticator app shows now, or a recovery code.",
        widget=TextInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, with_code: bool, **given: Any) -> None:
        super().__init__(*args, **given)
        if not with_code:
            del self.fields["code"]


@never_cache
@sensitive_post_parameters()
def enter(request: HttpRequest) -> HttpResponse:
    """The second step of a login."""
    user = halfway_in(request)
    if user is None:
        return redirect("admin:login")
    form = CodeForm(request.POST or None)
    if not form.is_valid():
        return _page(request, "code", "Enter your code", form=form)
    if lockout.is_locked_out(request, user.email):
        form.add_error(None, f"Too many tries. Try again in {lockout.seconds() // 60} minutes.")
        return too_many(_page(request, "code", "Enter your code", form=form), lockout.seconds())
    if second_factor.check(user.pk, form.cleaned_data["code"]):
        return redirect(let_in(request, user, how="a password and a second factor"))
    _count_wrong(request, user, "Gave a wrong code of the second factor at the door.")
    form.add_error("code", WRONG)
    return _page(request, "code", "Enter your code", form=form)


@never_cache
@sensitive_post_parameters()
def set_up(request: HttpRequest) -> HttpResponse:
    """For who is halfway in and has none yet, and for who has just proven to be who is logged in."""
    user = _who_may_set_up(request)
    if user is None:
        return redirect("admin:second_factor" if admin.site.has_permission(request) else "admin:login")
    secret: str = request.session.setdefault(SECRET, second_factor.new_secret())
    form = CodeForm(request.POST or None)
    form.fields["code"].help_text = "The six digits that the app shows once it has the secret."
    if form.is_valid():
        step = second_factor.shows(b32decode(secret), form.cleaned_data["code"].replace(" ", ""))
        if step is not None:
            return _installed(request, user, secret=b32decode(secret), step=step)
        form.add_error("code", "The app shows another code now. If it goes on, check the clock of your phone.")
    grouped = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    qr = _qr(second_factor.app_url(user, secret))
    return _page(request, "set_up", "Set up your second factor", form=form, qr=qr, secret=grouped)


@never_cache
@sensitive_post_parameters()
def manage(request: HttpRequest) -> HttpResponse:
    """Of one's own; the site lets in only who is logged in."""
    user = _logged_in(request)
    has = second_factor.is_set_up(user.pk)
    form = ProofForm(request.POST or None, with_code=has)
    more = {"has": has, "required": settings.STAFF_TOTP, "left": second_factor.recovery_codes_left(user.pk)}
    if not form.is_valid() or not _proven(request, user, form):
        return _page(request, "manage", "Your second factor", form=form, **more)
    if request.POST.get("do") == "off" and has and not settings.STAFF_TOTP:
        services.remove_second_factor(user_id=user.pk)
        _stay(request, user)
        door_log.note(user, "Turned off the second factor.")
        messages.success(request, "Your second factor is off. A password alone lets you in again.")
        return redirect("admin:second_factor")
    request.session[PROVEN] = int(time()) + PROVEN_SECONDS
    return redirect("admin:second_factor_set_up")


def _who_may_set_up(request: HttpRequest) -> User | None:
    """Never who is halfway in and has one: they would get past it."""
    if admin.site.has_permission(request):
        return _logged_in(request) if request.session.get(PROVEN, 0) > time() else None
    user = halfway_in(request)
    return None if user is None or second_factor.is_set_up(user.pk) else user


def _installed(request: HttpRequest, user: User, *, secret: bytes, step: int) -> HttpResponse:
    """The one time that the recovery codes are shown."""
    codes = services.set_up_second_factor(user_id=user.pk, secret=secret, step=step)
    for used in (SECRET, PROVEN):
        request.session.pop(used, None)
    user.refresh_from_db()
    door_log.note(user, "Set up a second factor.")
    if request.user.is_authenticated:
        _stay(request, user)
        onwards = reverse("admin:second_factor")
    else:
        onwards = let_in(request, user, how="a password and a new second factor")
    return _page(request, "recovery_codes", "Keep these recovery codes", codes=codes, onwards=onwards)


def _stay(request: HttpRequest, user: User) -> None:
    """All logins of the account are over but this one."""
    user.refresh_from_db()
    update_session_auth_hash(request, user)
    request.session[VERIFIED] = second_factor.is_set_up(user.pk)


def _proven(request: HttpRequest, user: User, form: ProofForm) -> bool:
    if lockout.is_locked_out(request, user.email):
        form.add_error(None, f"Too many tries. Try again in {lockout.seconds() // 60} minutes.")
    elif not user.check_password(form.cleaned_data["password"]):
        _count_wrong(request, user, "Gave a wrong password when about to change the second factor.")
        form.add_error("password", "That is not your password.")
    elif "code" in form.fields and not second_factor.check(user.pk, form.cleaned_data["code"]):
        _count_wrong(request, user, "Gave a wrong code when about to change the second factor.")
        form.add_error("code", WRONG)
    return form.is_valid()


def _count_wrong(request: HttpRequest, user: User, what: str) -> None:
    lockout.count_failure(request, user)
    door_log.note(user, what)


def _logged_in(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - for the type checker: the site has let them in
    return request.user


def _page(request: HttpRequest, name: str, title: str, **context: Any) -> TemplateResponse:
    full = {**admin.site.each_context(request), "title": title, **context}
    return TemplateResponse(request, f"admin/door/{name}.html", full)


def _qr(url: str) -> SafeString:
    """Drawn here, so that the secret goes nowhere else; it holds no text of anybody."""
    return mark_safe(qrcode.make(url, image_factory=SvgPathImage, box_size=8).to_string(encoding="unicode"))  # noqa: S308
