"""Accounts in the back office."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm, UserChangeForm
from django.db.models import QuerySet
from django.db.transaction import atomic
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.safestring import SafeString

from contracts.events import UserRegistered, publish
from users import sessions
from users.models import User


class AccountAddForm(AdminUserCreationForm):  # type: ignore[type-arg]
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
class AccountAdmin(UserAdmin):  # type: ignore[type-arg]
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

    @admin.display(description="password")
    def password_link(self, user: User) -> SafeString:
        return SafeString('<a href="../password/">Set a new password</a> (ends every login)')

    @admin.action(description="End every login of the selected accounts", permissions=["change"])
    def end_logins(self, request: HttpRequest, accounts: QuerySet[User]) -> None:
        for user_id in accounts.values_list("pk", flat=True):
            sessions.revoke_all(user_id=user_id)

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm[User], change: bool) -> None:  # noqa: FBT001
        """Within the transaction that the add view opens on this database."""
        super().save_model(request, obj, form, change)
        if not change:
            publish(UserRegistered(user_id=obj.pk), context="users")

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Orders refer to accounts, from another database: switch an account off instead."""
        return False
