"""Who is locked out for failing to log in too often, for superusers, who can let them try again."""

from __future__ import annotations

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from contracts.back_office import audit
from contracts.back_office.pages import LookOnlyPage
from contracts.back_office.theme import display
from shopflow.back_office import lockout
from users.models import User
from users.selectors import user_by_email


@admin.register(AccessAttempt)
class FailedLogins(LookOnlyPage):
    """They go by themselves after the time that they lock out for."""

    list_display = ("attempt_time", "username", "ip_address", "failures_since_start", "locked_out")
    fields = ("attempt_time", "username", "ip_address", "failures_since_start", "locked_out")
    search_fields = ("username__exact",)
    search_help_text = "The e-mail address, in lower case."
    ordering = ("-attempt_time",)
    actions = ("unlock",)

    @display(description="locked out", boolean=True)
    def locked_out(self, attempt: AccessAttempt) -> bool:
        return bool(attempt.failures_since_start >= settings.AXES_FAILURE_LIMIT)

    @admin.action(description="Unlock: let them try again now", permissions=["superuser"])
    def unlock(self, request: HttpRequest, attempts: QuerySet[AccessAttempt]) -> None:
        who = [*attempts.values_list("username", "ip_address").order_by().distinct()]
        for email, ip in who:
            lockout.unlock(email, ip)
            audit.note(request, user_by_email(email or "") or User, "Unlocked after failed tries to log in.")
        self.message_user(request, f"{len(who)} may try again.")

    def has_superuser_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_superuser

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_superuser_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: AccessAttempt | None = None) -> bool:
        return self.has_superuser_permission(request)
