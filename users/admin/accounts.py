"""Accounts in the back office."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.transaction import atomic
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django_otp.plugins.otp_totp.admin import TOTPDevice

from contracts.back_office import audit
from contracts.back_office.pages import Page
from contracts.back_office.theme import AdminPasswordChangeForm, UserCreationForm, display
from contracts.events import UserRegistered
from contracts.messaging import publish
from users import selectors, services, sessions
from users.admin.people import as_said, is_superuser
from users.models import User

MOST_AT_ONCE: Final = 200


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
    list_display = ("email", "username", "is_active", "is_staff", "has_second_factor", "created_at")
    list_filter = ("is_active", "is_staff", "is_superuser", "groups")
    search_fields = ("email",)  # what is looked for is below
    search_help_text = "The whole e-mail address or username, whatever its case, or the number of an account."
    ordering = ("-id",)
    readonly_fields = ("created_at", "password_link", "has_second_factor")
    fieldsets = (
        (None, {"fields": ("username", "email", "password_link", "has_second_factor", "created_at")}),
        ("What they may do", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("username", "email", "usable_password", "password1", "password2")}),
    )
    actions = ("end_logins", "reset_second_factor")
    rights = ("is_staff", "is_superuser", "groups", "user_permissions")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Rights are given by superusers: others could give themselves what they have not."""
        return self.readonly_fields if is_superuser(request) else (*self.readonly_fields, *self.rights)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Nor may others take over an account that has rights; of those, they change their own alone."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or _may_change(request).filter(pk=obj.pk).exists())

    @admin.display(description="password")
    def password_link(self, user: User) -> SafeString:
        return SafeString('<a href="../password/">Set a new password</a> (ends every login)')

    @admin.action(description="End every login of the selected accounts", permissions=["change"])
    def end_logins(self, request: HttpRequest, accounts: QuerySet[User]) -> None:
        for account in self._few(request, accounts.filter(pk__in=_may_change(request))):
            sessions.revoke_all(user_id=account.pk)
            audit.note(request, account, "Ended every login.")

    @admin.action(description="Reset the second factor of the selected accounts", permissions=["superuser"])
    def reset_second_factor(self, request: HttpRequest, accounts: QuerySet[User]) -> None:
        """For who has lost it, recovery codes and all. Whoever asks for it should be known by more than an e-mail."""
        chosen = self._few(request, accounts)
        done = [account for account in chosen if services.remove_second_factor(user_id=account.pk)]
        for account in done:
            audit.note(request, account, "Reset the second factor, and ended every login.")
        if chosen:
            self.message_user(request, f"The second factor of {len(done)} of {len(chosen)} accounts was reset.")

    def _few(self, request: HttpRequest, accounts: QuerySet[User]) -> list[User]:
        """None where it is more than a page can answer for: who selects all of a list may not know how long it is."""
        chosen = list(accounts[: MOST_AT_ONCE + 1])
        if len(chosen) <= MOST_AT_ONCE:
            return chosen
        self.message_user(request, f"Select {MOST_AT_ONCE} at most. Nothing was done.", messages.ERROR)
        return []

    def has_superuser_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request)

    @display(description="second factor", boolean=True)
    def has_second_factor(self, user: User) -> bool:
        return bool(user.second_factor)  # type: ignore[attr-defined]  # of the queryset below

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        confirmed = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
        accounts: QuerySet[User] = super().get_queryset(request)
        return accounts.annotate(second_factor=Exists(confirmed))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        if not search_term.strip():
            return queryset, False
        return queryset.filter(pk__in=selectors.ids_of_accounts(search_term)), False

    def save_related(self, request: HttpRequest, form: ModelForm[User], formsets: Any, change: bool) -> None:  # noqa: FBT001
        super().save_related(request, form, formsets, change)
        for field in form.changed_data if change else ():
            if field in (*self.rights, "is_active"):
                old, new = as_said(form.initial.get(field)), as_said(form.cleaned_data[field])
                audit.note(request, form.instance, f"{form.fields[field].label}: {old} → {new}")

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm[User], change: bool) -> None:  # noqa: FBT001
        """Within the transaction that the view opens on this database. A change writes what was changed alone: a
        password that its owner has changed meanwhile would come back with the rest.
        """
        if change:
            obj.save(update_fields=[name for name in form.changed_data if not User._meta.get_field(name).many_to_many])
        else:
            super().save_model(request, obj, form, change)
            publish(UserRegistered(user_id=obj.pk), context="users")

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Orders refer to accounts, from another database: switch an account off instead."""
        return False


def _may_change(request: HttpRequest) -> QuerySet[User]:
    if is_superuser(request):
        return User.objects.all()
    return User.objects.filter(Q(is_staff=False, is_superuser=False) | Q(pk=request.user.pk))
