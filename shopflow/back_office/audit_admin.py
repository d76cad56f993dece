"""The audit log: who did what in the back office, and when. Nobody changes it."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from contracts.back_office.pages import LookOnlyPage
from contracts.back_office.theme import display
from users.selectors import ids_of_accounts


@admin.register(LogEntry)
class AuditAdmin(LookOnlyPage):
    list_display = ("when", "who", "deed", "subject")
    list_display_links = ("when",)
    sortable_by = ()  # newest first: there is no index of another order
    list_select_related = ("user", "content_type")
    search_fields = ("user_id",)
    search_help_text = "The number, the e-mail or the name of a member of staff: what they did."
    ordering = ("-id",)
    fields = ("when", "who", "deed", "subject")
    readonly_fields = fields

    @display(description="when")
    def when(self, entry: LogEntry) -> str:
        return f"{localtime(entry.action_time):%-d %b %Y, %H:%M:%S}"

    @display(description="who")
    def who(self, entry: LogEntry) -> str:
        return f"{entry.user.username} ({entry.user_id})"

    @display(description="what")
    def deed(self, entry: LogEntry) -> str:
        return entry.get_change_message() or entry.get_action_flag_display()

    @display(description="on which")
    def subject(self, entry: LogEntry) -> str | SafeString:
        kind = str(entry.content_type.name) if entry.content_type else ""
        one = f"{kind} {entry.object_repr}".strip()
        url = entry.get_admin_url() if entry.object_id and not entry.is_deletion() else None
        return format_html('<a class="text-important underline" href="{}">{}</a>', url, one) if url else one

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[LogEntry], search_term: str
    ) -> tuple[QuerySet[LogEntry], bool]:
        """By account, of which there is an index; the words of the log have none."""
        if not search_term.strip():
            return queryset, False
        return queryset.filter(user_id__in=ids_of_accounts(search_term)), False
