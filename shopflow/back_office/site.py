"""The back office: Django's admin, whose door counts tries together with the API's."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from contracts.back_office.theme import AdminSite
from shopflow.back_office import dashboard, door_log, lockout, second_factor
from shopflow.back_office.login import VERIFIED, LoginForm, let_halfway_in, too_many
from shopflow.back_office.urls import PAGES
from users import sessions
from users.models import User


class BackOffice(AdminSite):
    login_form = LoginForm
    index_title = "Dashboard"
    index_template = "back_office/dashboard.html"

    def get_urls(self) -> list[Any]:
        """With our own pages, behind the same door, and the steps of the door itself."""
        door = [
            path("login/code/", second_factor.enter, name="login_code"),
            path("second-factor/set-up/", second_factor.set_up, name="second_factor_set_up"),
            path("second-factor/", self.admin_view(second_factor.manage), name="second_factor"),
        ]
        pages = [URLPattern(page.pattern, self.admin_view(page.callback), name=page.name) for page in PAGES]
        return [*door, *pages, *super().get_urls()]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        return super().index(request, {**dashboard.context(request), **(extra_context or {})})

    def has_permission(self, request: HttpRequest) -> bool:
        """A session from before a second factor was asked for is none."""
        return super().has_permission(request) and (not settings.STAFF_TOTP or bool(request.session.get(VERIFIED)))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response = super().login(request, extra_context)
        if not isinstance(response, TemplateResponse):
            if request.method == "POST" and isinstance(request.user, User):
                door_log.note(request.user, "Logged in with a password.")
            return response
        form = _form(response)
        if form.halfway is not None:
            return let_halfway_in(request, form.halfway)
        return response if form.retry_after is None else too_many(response, form.retry_after)

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The theme's, of the names of lists, which nothing here leads to."""
        raise Http404("Products and orders have a search of their own.")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # type: ignore[override]  # a redirect is none of a template
        """Ends every other login of theirs. Whoever found a screen unlocked guesses no oftener than at the door."""
        user = request.user
        if request.method != "POST" or not isinstance(user, User):
            return super().password_change(request, extra_context)
        if lockout.is_locked_out(request, user.email):
            messages.error(request, f"Too many tries. Try again in {lockout.seconds() // 60} minutes.")
            return redirect("admin:password_change")
        response: HttpResponse = super().password_change(request, extra_context)
        if not isinstance(response, TemplateResponse):
            sessions.revoke_all(user_id=user.pk)
            user.refresh_from_db()
            update_session_auth_hash(request, user)
            door_log.note(user, "Changed the password.")
        elif "old_password" in (response.context_data or {})["form"].errors:
            lockout.count_failure(request, user)
            door_log.note(user, "Gave a wrong password when about to change it.")
        return response


def _form(response: TemplateResponse) -> LoginForm:
    form: LoginForm = (response.context_data or {})["form"]
    return form
