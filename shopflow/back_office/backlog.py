"""The page of what waits: events, reservations, e-mails, webhooks."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from shopflow.back_office import backlog_figures as figures
from shopflow.back_office.pages import page, render
from shopflow.messaging.backlog import MOST, backlog_of


@page("back_office.view_backlog")
def backlog(request: HttpRequest) -> HttpResponse:
    may = request.user.has_perm
    return render(
        request,
        "back_office/backlog.html",
        title="Backlog",
        most=MOST,
        outboxes=[backlog_of(context) for context in settings.CONTEXTS],
        waiting=figures.oldest_waiting(),
        held=figures.held(),
        expired=figures.longest_expired(),
        emails=figures.waiting_emails(),
        failed_deliveries=figures.failed_deliveries(),
        dead_letters_url=reverse("admin:dead_letters") if may("messaging.view_outboxevent") else "",
        may_see_reservations=may("inventory.view_reservation"),
        emails_url=reverse("admin:users_notification_changelist") if may("users.view_notification") else "",
        webhooks_url=reverse("admin:users_webhookdelivery_changelist") if may("users.view_webhookdelivery") else "",
    )
