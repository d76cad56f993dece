"""The back office: Django's admin, whose door counts tries together with the API's."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern
from rest_framework.exceptions import Throttled

from contracts.back_office.theme import AdminSite
from shopflow.back_office import dashboard
from shopflow.back_office.urls import PAGES
from users.api.throttles import count_login


class LoginForm(AdminAuthenticationForm):
    request: HttpRequest  # which Django's form can do without, but its view always gives
    retry_after: int | None = None

    def clean(self) -> dict[str, Any]:
        try:
            count_login(self.request, email=self.cleaned_data.get("username", ""))
        except Throttled as refused:
            self.retry_after = refused.wait  # type: ignore[attr-defined]  # its stub has forgotten it
            raise ValidationError(
                f"Too many tries. Try again in {self.retry_after} seconds.", code="throttled"
            ) from None
        return super().clean()


class BackOffice(AdminSite):
    login_form = LoginForm
    index_title = "Dashboard"
    index_template = "back_office/dashboard.html"

    def get_urls(self) -> list[Any]:
        """With our own pages, behind the same door."""
        pages = [URLPattern(page.pattern, self.admin_view(page.callback), name=page.name) for page in PAGES]
        return [*pages, *super().get_urls()]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        return super().index(request, {**dashboard.context(request), **(extra_context or {})})

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response = super().login(request, extra_context)
        if isinstance(response, TemplateResponse) and (seconds := _form(response).retry_after) is not None:
            response.status_code = HTTPStatus.TOO_MANY_REQUESTS
            response.headers["Retry-After"] = str(seconds)
        return response


def _form(response: TemplateResponse) -> LoginForm:
    form: LoginForm = (response.context_data or {})["form"]
    return form
