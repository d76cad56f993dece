"""The e-mails in the back office."""

from __future__ import annotations

from typing import Final

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from contracts.back_office import audit
from contracts.back_office.pages import LookOnlyPage
from users.models import Notification
from users.notifications import queue

MOST_DIGITS: Final = 19
"""Of a number that the database holds, and one more."""


@admin.register(Notification)
class NotificationAdmin(LookOnlyPage):
    """The log of the e-mails, and what waits: to be looked at, and given up ones to be tried again."""

    list_display = ("created_at", "kind", "order_id", "user_id", "status", "attempts", "last_error", "sent_at")
    list_filter = ("status",)
    search_fields = ("order_id",)  # what is looked for is below
    search_help_text = "The number of an order."
    ordering = ("-id",)
    actions = ("send_again",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Notification], search_term: str
    ) -> tuple[QuerySet[Notification], bool]:
        """By its index: Django would compare numbers as text."""
        if not (term := search_term.strip().removeprefix("#")):
            return queryset, False
        is_number = term.isascii() and term.isdecimal() and len(term) < MOST_DIGITS
        return (queryset.filter(order_id=int(term)) if is_number else queryset.none()), False

    @admin.action(description="Try those again that were given up", permissions=["resend"])
    def send_again(self, request: HttpRequest, notifications: QuerySet[Notification]) -> None:
        tried = queue.revive(notifications)
        audit.note(request, Notification, f"Had {tried} given up notifications tried again.")
        self.message_user(request, f"{tried} will be tried once more.")

    def has_resend_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("users.change_notification")
