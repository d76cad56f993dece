"""Accounts, and the log of e-mails, in the back office."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.db.models import Q, QuerySet
from django.db.transaction import atomic
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.safestring import SafeString

from contracts.back_office.pages import LookOnlyPage, Page
from contracts.back_office.theme import AdminPasswordChangeForm, UserCreationForm
from contracts.events import UserRegistered
from contracts.messaging import publish
from users import sessions
from users.models import Notification, User
from users.notifications import queue


class AccountAddForm(UserCreationForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ("username", "email")


class AccountChangeForm(UserChangeForm):  # type: ignore[type-arg]
    password = None  # type: ignore[assignment]  # the hash is nobody's business, not even in part

    class Meta:
        model = User
        fields = ("username", "email", "is_active", "is_staff", "is_superuser", "groups", "user_permissions")


class AccountPasswordForm(AdminPasswordChangeForm):  # type: ignore[type-arg]
    def save(self, commit: bool = True) -> Any:  # noqa: FBT001, FBT002
        with atomic(using="users"):
            user = super().save(commit)
            sessions.revoke_all(user_id=user.pk)
        return user


@admin.register(User)
class AccountAdmin(UserAdmin, Page):  # type: ignore[type-arg]
    form = AccountChangeForm
    add_form = AccountAddForm
    change_password_form = AccountPasswordForm
    list_display = ("email", "username", "is_active", "is_staff", "created_at")
    list_filter = ("is_active", "is_staff", "is_superuser", "groups")
    search_fields = ("email", "username")
    ordering = ("-id",)
    readonly_fields = ("created_at", "password_link")
    fieldsets = (
        (None, {"fields": ("username", "email", "password_link", "created_at")}),
        ("What they may do", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("username", "email", "usable_password", "password1", "password2")}),
    )
    actions = ("end_logins",)
    rights = ("is_staff", "is_superuser", "groups", "user_permissions")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Rights are given by superusers: others could give themselves what they have not."""
        return self.readonly_fields if _is_superuser(request) else (*self.readonly_fields, *self.rights)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Nor may others take over an account that has rights; of those, they change their own alone."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or _may_change(request).filter(pk=obj.pk).exists())

    @admin.display(description="password")
    def password_link(self, user: User) -> SafeString:
        return SafeString('<a href="../password/">Set a new password</a> (ends every login)')

    @admin.action(description="End every login of the selected accounts", permissions=["change"])
    def end_logins(self, request: HttpRequest, accounts: QuerySet[User]) -> None:
        for user_id in accounts.filter(pk__in=_may_change(request)).values_list("pk", flat=True):
            sessions.revoke_all(user_id=user_id)

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm[User], change: bool) -> None:  # noqa: FBT001
        """Within the transaction that the add view opens on this database."""
        super().save_model(request, obj, form, change)
        if not change:
            publish(UserRegistered(user_id=obj.pk), context="users")

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Orders refer to accounts, from another database: switch an account off instead."""
        return False


@admin.register(Notification)
class NotificationAdmin(LookOnlyPage):
    """The log of the e-mails, and what waits: to be looked at, and given up ones to be tried again."""

    list_display = ("created_at", "kind", "order_id", "user_id", "status", "attempts", "last_error", "sent_at")
    list_filter = ("status", "kind")
    search_fields = ("order_id__exact",)
    search_help_text = "The number of an order."
    ordering = ("-id",)
    actions = ("send_again",)

    @admin.action(description="Try those again that were given up", permissions=["resend"])
    def send_again(self, request: HttpRequest, notifications: QuerySet[Notification]) -> None:
        tried = queue.revive(notifications)
        self.message_user(request, f"{tried} will be tried once more.")

    def has_resend_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("users.change_notification")


def _is_superuser(request: HttpRequest) -> bool:
    return request.user.is_authenticated and request.user.is_superuser


def _may_change(request: HttpRequest) -> QuerySet[User]:
    if _is_superuser(request):
        return User.objects.all()
    return User.objects.filter(Q(is_staff=False, is_superuser=False) | Q(pk=request.user.pk))
